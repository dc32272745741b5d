console.log('made');
return 'x'.repeat(5 * 1024 * 1024 - 1);
