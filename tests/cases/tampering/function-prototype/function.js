Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => 'forged';
Object.setPrototypeOf(Function.prototype, null);
return 'through';
