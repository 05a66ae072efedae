# SPDX-License-Identifier: MIT
# 200,000 rows into a database in the folder $1, indexes, a join, deletion, vacuum.
set -e
awk 'BEGIN { for (i = 1; i <= 200000; i++) printf "%d,name%d,%d\n", i, i % 5000, (i * 7919) % 100003 }' > "$1/in.csv"
sqlite3 "$1/db" <<END
pragma cache_size = -100000;
create table t(id integer, name text, value integer);
.mode csv
.import $1/in.csv t
create index by_name on t(name);
create index by_value on t(value, id);
select count(*), sum(value), min(name) from t;
select a.name, count(*) from t a join t b on a.value = b.value and a.id < b.id group by a.name order by 2 desc, 1 limit 5;
delete from t where id % 3 = 0;
vacuum;
pragma integrity_check;
select count(*), sum(value) from t where name like 'name1%';
END
