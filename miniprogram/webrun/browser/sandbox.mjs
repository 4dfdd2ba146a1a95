// The sandbox stands in for WeChat. `?follower=<id>&api=/mp-api/<appid>` in the page's address says who holds this phone
// and where the phone's network begins; without them everything is answered by tests (window.__mpLaunch, window.__wxMock).

/** Returns null outside the sandbox, else its client. */
export function sandboxFrom(search) {
  const query = new URLSearchParams(search)
  const follower = query.get('follower')
  const api = query.get('api')
  if (!follower || !api) return null
  const appid = api.split('/').filter(Boolean).at(-1)
  const ask = async (method, path, body) => {
    const answer = await fetch('/sandbox' + path, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(`sandbox ${answer.status}`)
    return answer.json()
  }
  const phone = `/followers/${encodeURIComponent(follower)}`
  return {
    follower, api, appid,
    person: () => ask('GET', phone),
    login: () => ask('POST', `${phone}/mini/${appid}/login`, {}),
    phoneNumber: () => ask('POST', `${phone}/mini/${appid}/phone`, {}),
    group: () => ask('POST', `${phone}/mini/${appid}/group`, {}),
    subscribe: decisions => ask('POST', `${phone}/mini/${appid}/subscribe`, { decisions }),
    async templateTitles() {
      const { items } = await ask('GET', '/accounts')
      const templates = items.find(account => account.appid === appid)?.templates ?? {}
      return Object.fromEntries(Object.entries(templates).map(([id, template]) => [id, template.title]))
    },
  }
}
