new Promise(() => {}).then(() => console.log('never'));
return 'done';
