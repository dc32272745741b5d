return 'é'.repeat(3 * 1024 * 1024);
