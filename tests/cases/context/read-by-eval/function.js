return (0, eval)('typeof colour') === 'undefined' && eval('con' + 'text').meta.colour;
