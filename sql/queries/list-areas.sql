-- Areas where any photo was ever taken.
select area from nightjar.areas
