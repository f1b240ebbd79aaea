package Safetensors;

# Reads and writes tensors of 64-bit floats: https://huggingface.co/docs/safetensors

use strict;
use warnings;
use Exporter 'import';
use JSON::PP;

our @EXPORT = qw(read_tensors write_tensors);

# name => {shape => [rows, columns], values => [...]}
sub read_tensors {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    my $bytes = <$file>;
    my $length = unpack 'Q<', $bytes;
    my $header = decode_json(substr $bytes, 8, $length);
    delete $header->{__metadata__};
    my %tensors;
    for my $name (keys %$header) {
        my $about = $header->{$name};
        die "$path: $name is of $about->{dtype}, not F64\n" if $about->{dtype} ne 'F64';
        my ($from, $to) = @{ $about->{data_offsets} };
        my @values = unpack 'd<*', substr $bytes, 8 + $length + $from, $to - $from;
        $tensors{$name} = { shape => $about->{shape}, values => \@values };
    }
    return \%tensors;
}

sub write_tensors {
    my ($path, $tensors) = @_;
    my (%header, $data);
    $data = '';
    for my $name (sort keys %$tensors) {
        my $from = length $data;
        $data .= pack 'd<*', @{ $tensors->{$name}{values} };
        my @offsets = ($from, length $data);
        $header{$name} = { dtype => 'F64', shape => $tensors->{$name}{shape}, data_offsets => \@offsets };
    }
    my $header = JSON::PP->new->canonical->encode(\%header);
    $header .= ' ' x (-length($header) % 8);
    open my $file, '>:raw', $path or die "$path: $!\n";
    print $file pack('Q<', length $header), $header, $data;
    close $file or die "$path: $!\n";
}

1;
