#!/usr/bin/env bash
# test/tools/compile.sh FOLDER COMPILER: compiles the sources of a folder for their warnings alone,
# with clang. What two of its files include is parsed once, which makes this three times as fast.
set -euo pipefail
folder=$1 compiler=$2
options=(-std=c++23 -DFMT_SHARED -I . -isystem build/grammar -isystem build/stdlib
  -isystem /usr/include/antlr4-runtime @test/tools/warnings.txt
  -Wno-deprecated-declarations)  # libstdc++ 12 calls a deprecated function of its own
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mapfile -t sources < <(find "$folder" -name '*.cpp' ! -name '*_test.cpp' | sort)
grep -hE '^#include (<[^>]*>|".*\.h")' "${sources[@]}" | sort | uniq -d >"$scratch/shared.h"
"$compiler" "${options[@]}" -fpch-instantiate-templates -x c++-header "$scratch/shared.h" \
  -o "$scratch/shared.pch"
failed=0
for source in "${sources[@]}"; do
  "$compiler" "${options[@]}" -include-pch "$scratch/shared.pch" -fsyntax-only "$source" || failed=1
done
exit $failed
