const context = 'mine';
return [context, arguments.length];
