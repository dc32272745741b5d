// Domain names with other characters than ASCII (UTS #46).
export { toASCII, toUnicode } from 'tr46';
