// WeChat's privacy gate: before the first private API the app must show its own sheet with an "agree" button.
export function privacy(host) {
  const refused = () => new Error('privacy permission is not authorized')
  let handler
  const authorised = () => {
    if (!host.asksPrivacy) return Promise.resolve()
    if (!handler) return Promise.reject(refused())
    return new Promise((done, fail) => handler(answer => {
      if (answer.event === 'agree') { host.asksPrivacy = false; done() }
      if (answer.event === 'disagree') fail(refused())
    }, { referrer: '' }))
  }
  return {
    authorised,
    onNeedPrivacyAuthorization: given => { handler = given },
    apis: {
      requirePrivacyAuthorize: authorised,
      getPrivacySetting: () => ({ needAuthorization: !!host.asksPrivacy, privacyContractName: '《用户隐私保护指引》' }),
      openPrivacyContract: () => host.wx.showModal({ title: '用户隐私保护指引', content: '（在微信中打开）', showCancel: false }),
    },
  }
}
