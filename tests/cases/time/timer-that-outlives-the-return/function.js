setTimeout(() => { while (true); }, 20);
return 'returned';
