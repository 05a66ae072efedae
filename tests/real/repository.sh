# SPDX-License-Identifier: MIT
# A repository in the folder $1, with fixed names and dates, so that its ids are the same on every run.
set -e
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org
export GIT_CONFIG_NOSYSTEM=1
git init -q -b main "$1"
cd "$1"
for i in $(seq 1 300); do seq "$i" $((i * 10)) > "file$i"; done
git add . && git commit -qm first
for i in $(seq 1 20); do seq "$i" 5000 > "file$i"; git commit -qam "change $i"; done
git checkout -qb side HEAD~5 && echo side > side && git add side && git commit -qm side
git checkout -q main && git merge -q -m merge side
git -c pack.threads=2 repack -adq --depth=10 --window=20
git fsck --full --strict 2>/dev/null
git clone -q . ../clone
git -C ../clone log --format='%H %s' | head -30
git diff --stat HEAD~10 | tail -3
git grep -c 4999 | head -5
