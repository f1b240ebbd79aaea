#!/bin/sh
# Numbers around the one that the node's label says, more of them the greater it is.
site=$(printf '%s' "$FEDOPS_LABELS" | sed -n 's/.*"site" *: *"\([0-9]*\)".*/\1/p')
awk -v site="$site" 'BEGIN { for (i = 0; i < 10 * site; i++) print site + (i % 2 ? 0.25 : -0.25) }' > "$FEDOPS_DATA/numbers"
