-- SPDX-License-Identifier: MIT
create database m;
use m;
create table n(i int primary key) engine = memory;
insert into n select seq from seq_1_to_60000;
create table t(id int primary key, v int, s varchar(40), big text, key (v), key (s)) engine = innodb;
insert into t select i, (i * 7919) % 10007, md5(i), repeat(md5(i), 1 + i % 50) from n;
create table a engine = aria as select * from t where id % 2 = 0;
select count(*), sum(v), min(s), sum(length(big)) from t;
select v, count(*), max(s) from t group by v order by 2 desc, 1 limit 5;
select count(*) from t x join a y on x.v = y.v and x.id < y.id;
set group_concat_max_len = 100000000;
select md5(group_concat(s order by s)) from t;
select sum(r) from (select id, rank() over (partition by v % 100 order by s) r from t) q where id % 1000 = 0;
select md5(json_arrayagg(json_object('id', id, 's', s))) from (select id, s from t where id < 2000 order by id) q;
with recursive c as (select 1 n, cast('x' as char(20000)) s union all select n + 1, concat(s, n) from c where n < 900) select count(*), md5(max(s)) from c;
delimiter //
create procedure loops(k int)
begin
  declare i int default 0;
  declare continue handler for sqlexception begin end;
  while i < k do
    set @q = concat('select ', i, ' into @x');
    prepare p from @q; execute p; deallocate prepare p;
    insert into t values (1, 1, 'twice', '');
    set i = i + 1;
  end while;
  select @x;
end //
delimiter ;
call loops(2000);
start transaction; update t set big = concat(big, 'x') where id % 3 = 0; rollback;
update t set v = v + 1 where id % 5 = 0;
delete from t where id % 7 = 0;
alter table t add column w int default 5, add key (w, v);
optimize table a;
select count(*), sum(v), sum(w), md5(group_concat(left(big, 5) order by id separator '')) from t;
