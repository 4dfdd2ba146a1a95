// The two things that differ from county to county. Change them before uploading.

/** Where the server is: an https host registered in the mini-program console under 开发设置 → 服务器域名. No slash at the end. */
export const API_BASE = 'https://xiangyin.example.org'

/** The slug under which the server knows this mini-program (`flask --app server accounts list`). */
export const ACCOUNT = 'yunxi-mini'
