let context = await 'mine';
return context;
