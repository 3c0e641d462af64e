amount / 2
