console.log('executed');
while (true);
