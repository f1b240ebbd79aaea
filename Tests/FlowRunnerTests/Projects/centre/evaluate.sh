#!/bin/sh
# Reads the model with od, and tells how far away the numbers are in the mean.
set -e
length=$(od -An -tu8 -N8 "$FEDOPS_MODEL" | tr -d ' ')
centre=$(od -An -tf8 -j "$((8 + length))" -N8 "$FEDOPS_MODEL" | tr -d ' ')
awk -v centre="$centre" '
    { sum += $1 }
    END { away = centre - sum / NR; printf "{\"away\": %.6f, \"examples\": %d}", away < 0 ? -away : away, NR }
' "$FEDOPS_DATA/numbers" > "$FEDOPS_METRICS"
