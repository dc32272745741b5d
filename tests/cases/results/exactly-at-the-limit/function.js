return 'x'.repeat(5 * 1024 * 1024 - 2).length;
