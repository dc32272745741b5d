function Old(message) {
  this.message = message;
  Error.captureStackTrace(this, Old);
}
Old.prototype = Object.create(Error.prototype, {name: {value: 'Old'}});
throw new Old('of before');
