for (let i = 0; i < 1e5; i++) console.log('0123456789'.repeat(100));
return 'through';
