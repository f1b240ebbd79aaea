package Softmax;

# Multinomial logistic regression by stochastic gradient descent.

use strict;
use warnings;
use Exporter 'import';
use List::Util qw(max shuffle sum);

our @EXPORT = qw(new_model read_rows probabilities train);

our $CLASSES  = 3;
our $FEATURES = 4;

sub new_model {
    return {
        weight => { shape => [$CLASSES, $FEATURES], values => [(0) x ($CLASSES * $FEATURES)] },
        bias   => { shape => [$CLASSES], values => [(0) x $CLASSES] },
    };
}

# Rows of features with the class behind them.
sub read_rows {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    return map { chomp; [split /,/] } <$file>;
}

sub probabilities {
    my ($model, $row) = @_;
    my ($weight, $bias) = map { $model->{$_}{values} } qw(weight bias);
    my @scores = map {
        my $class = $_;
        $bias->[$class] + sum map { $weight->[$class * $FEATURES + $_] * $row->[$_] } 0 .. $FEATURES - 1
    } 0 .. $CLASSES - 1;
    my $top = max @scores;
    @scores = map { exp($_ - $top) } @scores;
    my $total = sum @scores;
    return map { $_ / $total } @scores;
}

# The mean loss of the last pass.
sub train {
    my ($model, $rows, $epochs, $rate) = @_;
    my ($weight, $bias) = map { $model->{$_}{values} } qw(weight bias);
    my $loss = 0;
    for (1 .. $epochs) {
        $loss = 0;
        for my $row (shuffle @$rows) {
            my @found = probabilities($model, $row);
            my $class = $row->[$FEATURES];
            $loss -= log($found[$class] + 1e-12);
            for my $other (0 .. $CLASSES - 1) {
                my $error = $found[$other] - ($other == $class);
                $bias->[$other] -= $rate * $error;
                $weight->[$other * $FEATURES + $_] -= $rate * $error * $row->[$_] for 0 .. $FEATURES - 1;
            }
        }
    }
    return $loss / @$rows;
}

1;
