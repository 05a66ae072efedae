#!/bin/bash
# SPDX-License-Identifier: MIT
# mandoc and groff have nothing to say against the manual pages.
pages=$(ls "${1:-build}"/man/*.[1-9]) || exit 1
bad=0
mandoc -T lint -W warning $pages || bad=1
out=$(groff -mdoc -ww -z -Tutf8 $pages 2>&1)
[ -z "$out" ] || { echo "$out"; bad=1; }
exit $bad
