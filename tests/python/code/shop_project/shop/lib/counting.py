count = 0


def count_up(step=1):
    global count
    count = count + step
    return count
