#!/bin/bash
# SPDX-License-Identifier: MIT
# The files for Prometheus and Grafana: Prometheus' own tool finds no fault with them, and each alert is tested firing and
# not firing. That they only name metrics that there are is seen in the real suite.
cd "$(dirname "$0")/../../tools/serve/prometheus" || exit 1
bad=0
command -v promtool > /dev/null || { echo "promtool is missing: make deps"; exit 1; }

promtool check config prometheus.yml || bad=1
# What is commented out there is as good.
rest=$(mktemp)
trap 'rm -f "$rest"' EXIT
sed -E '/^rule_files:/,/^$/d; s/^    #(  |[a-z])/    \1/' prometheus.yml > "$rest"
promtool check config "$rest" || bad=1
promtool test rules memgov.rules.test.yml || bad=1

# The part of the test file that names an alert says both what fires and that nothing does.
for alert in $(sed -n 's/^ *- alert: //p' memgov.rules.yml); do
	part=$(sed -n "/^  - name: $alert\$/,/^  - name: /p" memgov.rules.test.yml)
	grep -q exp_labels <<< "$part" && grep -q 'exp_alerts: \[\]' <<< "$part" || { echo "$alert is not tested both ways"; bad=1; }
done
exit $bad
