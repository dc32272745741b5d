let n = 3n;
while (true) n = n * n % (10n ** 4000n) + 7n;
