-- SPDX-License-Identifier: MIT
use m;
set group_concat_max_len = 100000000;
select count(*), sum(v), md5(group_concat(big order by id separator '')) from t;
check table t, a extended;
