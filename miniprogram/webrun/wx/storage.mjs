// Storage that survives a restart. On a phone it belongs to one person and one mini-program; several followers may share
// this browser, so each gets names of its own.
export function storage({ sandbox }) {
  const mine = `mp:${sandbox?.appid ?? 'test'}:${sandbox?.follower ?? 'nobody'}:`
  const get = key => {
    const text = localStorage.getItem(mine + key)
    return text === null ? '' : JSON.parse(text) // '' is what a phone gives for a missing key
  }
  return {
    getStorageSync: get,
    setStorageSync: (key, value) => localStorage.setItem(mine + key, JSON.stringify(value)),
    removeStorageSync: key => localStorage.removeItem(mine + key),
    clearStorageSync: () => { for (const key of Object.keys(localStorage)) if (key.startsWith(mine)) localStorage.removeItem(key) },
  }
}
