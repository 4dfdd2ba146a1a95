// Toasts, questions, and the few things that leave the mini-program.
const TOAST_MS = 1500 // WeChat's default

const element = (className, text = '') => Object.assign(document.createElement('div'), { className, textContent: text })

export function dialogs() {
  let toast
  const tell = (text, ms) => {
    toast?.remove()
    const shown = toast = element('mp-toast', text)
    shown.setAttribute('role', 'status')
    document.body.append(shown)
    if (ms) setTimeout(() => shown.remove(), ms)
  }
  const ask = (title, content, answers) => new Promise(done => {
    const mask = element('mp-mask')
    const box = element('mp-dialog')
    const row = element('mp-btns')
    box.setAttribute('role', 'dialog')
    box.setAttribute('aria-label', title || content)
    answers.forEach((answer, index) => row.append(Object.assign(document.createElement('button'), {
      textContent: answer, className: index === answers.length - 1 ? 'mp-ok' : '', onclick: () => { mask.remove(); done(index) },
    })))
    box.append(element('mp-h', title), element('mp-c', content), row)
    mask.append(box)
    document.body.append(mask)
  })
  return {
    showToast: ({ title, duration = TOAST_MS }) => tell(title, duration),
    hideToast: () => toast?.remove(),
    showLoading: ({ title }) => tell(title),
    hideLoading: () => toast?.remove(),
    async showModal({ title = '', content = '', showCancel = true, cancelText = '取消', confirmText = '确定' }) {
      const answers = showCancel ? [cancelText, confirmText] : [confirmText]
      const confirm = await ask(title, content, answers) === answers.length - 1
      return { confirm, cancel: !confirm }
    },
    makePhoneCall: ({ phoneNumber }) => tell(`正在拨打 ${phoneNumber}`, TOAST_MS),
    shareFileMessage: ({ fileName }) => tell(`已转发 ${fileName}`, TOAST_MS),
    setClipboardData: () => tell('内容已复制', TOAST_MS),
  }
}
