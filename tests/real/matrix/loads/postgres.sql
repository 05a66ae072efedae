-- SPDX-License-Identifier: MIT
-- What pgbench left must add up; then tables of our own.
select count(*) from pgbench_history;
select (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history),
       (select sum(tbalance) from pgbench_tellers) = (select sum(bbalance) from pgbench_branches);
create table t as select i as id, (i::bigint * 7919) % 10007 as v, md5(i::text) as s, repeat(md5(i::text), 1 + i % 60) as big
  from generate_series(1, 120000) i;
create index by_v on t(v);
create index by_s on t using hash(s);
analyze t;
select count(*), sum(v), min(s), sum(length(big)) from t;
select v, count(*), max(s) from t group by v order by 2 desc, 1 limit 5;
select md5(string_agg(s, ',' order by s)) from t;
select count(*) from t a join t b on a.v = b.v and a.id < b.id;
select sum(r) from (select id, rank() over (partition by v % 100 order by s) r from t) q where id % 1000 = 0;
select md5(jsonb_agg(jsonb_build_object('id', id, 's', s, 'a', array[v, id]) order by id)::text) from t where id < 20000;
create function fib(n int) returns bigint language plpgsql as
  $$ begin if n < 2 then return n; end if; return fib(n - 1) + fib(n - 2); end $$;
select fib(18);
do $$ begin for i in 1..500 loop begin execute format('select %s / 0', i); exception when division_by_zero then null; end; end loop; end $$;
with recursive c(n, s) as (select 1, 'x' union all select n + 1, s || n from c where n < 1500) select count(*), md5(max(s)) from c;
select count(*) from regexp_matches(repeat('one two three 123 ', 5000), '[a-z]+ \d+', 'g');
begin; update t set big = big || 'x' where id % 3 = 0; rollback;
update t set v = v + 1 where id % 5 = 0;
delete from t where id % 7 = 0;
vacuum full t;
select count(*), sum(v), md5(string_agg(left(big, 5), '' order by id)) from t;
