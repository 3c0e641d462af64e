select * from orders -- all
