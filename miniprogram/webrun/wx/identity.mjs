// Who holds the phone: sign-in codes, consent to messages, the group a card was opened in.
const FROM_A_CHAT = [1007, 1008, 1044] // scenes in which a card in a chat opened the mini-program

export function identity(host) {
  const { sandbox, launch } = host
  return {
    login: async () => sandbox ? { code: (await sandbox.login()).code } : { code: 'test-login-code' },
    checkSession: () => ({}),
    async requestSubscribeMessage({ tmplIds }) {
      if (!navigator.userActivation.isActive) throw new Error('can only be invoked by user TAP gesture.') // WeChat's own words
      const titles = sandbox ? await sandbox.templateTitles().catch(() => ({})) : {}
      const { confirm } = await host.wx.showModal({
        title: '订阅消息', content: '允许给您发送一次以下消息：\n' + tmplIds.map(id => titles[id] ?? id).join('\n'), cancelText: '拒绝', confirmText: '允许',
      })
      const decisions = Object.fromEntries(tmplIds.map(id => [id, confirm ? 'accept' : 'reject']))
      if (sandbox) await sandbox.subscribe(decisions)
      return decisions
    },
    async getGroupEnterInfo() {
      if (!FROM_A_CHAT.includes(launch.scene)) throw new Error('invalid scene')
      return sandbox ? sandbox.group() : { encryptedData: 'test', iv: 'test' }
    },
  }
}
