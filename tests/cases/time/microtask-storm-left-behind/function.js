const storm = () => { Promise.resolve().then(storm); };
storm();
return 'gone';
