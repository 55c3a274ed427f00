#!/usr/bin/env bash
# renamesyms.sh ARCHIVE SUFFIX: gives every Rust symbol of a static library another name, so that a program with a
# standard library of its own can be linked with it. NM and OBJCOPY say which programs to use.
set -eu

archive=$1
suffix=$2
names=$(mktemp)
trap 'rm -f "$names"' EXIT

"$NM" --format=posix --defined-only "$archive" 2>/dev/null |
    awk -v suffix="$suffix" '$1 ~ /^(_R|_ZN|__rust|rust_)/ && !seen[$1]++ { print $1, $1 "_" suffix }' >"$names"
"$OBJCOPY" --redefine-syms="$names" "$archive"
