-- SPDX-License-Identifier: MIT
select count(*), sum(v), md5(string_agg(big, '' order by id)) from t;
