let last = null;
while (true) { const before = last; last = () => before; }
