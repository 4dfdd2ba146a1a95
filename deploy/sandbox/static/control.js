// The control page: every part of it looks after itself.

import { showAccounts } from './control-accounts.js'
import { showClock } from './control-clock.js'
import { showEvents } from './control-event.js'
import { showFaults } from './control-faults.js'
import { showLogs } from './control-logs.js'
import * as api from './api.js'
import { question } from './dialogs.js'
import { all, attempt, h, one, toast } from './dom.js'

async function start() {
  const { items: accounts } = await api.accounts()
  const mini = accounts.find(account => account.kind === 'mini' && account.api_base)
  const official = accounts.find(account => account.callback_url)
  const base = mini?.api_base || (official ? new URL(official.callback_url).origin : '')
  for (const link of all('[data-console]')) {
    link.hidden = !base
    if (base) link.href = base.replace(/\/+$/, '') + '/console/'
  }
  const logs = showLogs()
  await Promise.all([showFaults(logs.look), showClock(), showAccounts(accounts), showEvents(accounts, logs.look), logs.look()])
}

one('#reset-button').addEventListener('click', async () => {
  const keep = h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'keep', checked: true }), '保留账号（密钥、回调地址、模板）')
  const sure = await question({
    title: '清空沙箱？',
    about: '所有乡亲、聊天、菜单、记录都会没有，不能恢复。',
    yes: '清空',
    isGrave: true,
    extra: keep,
  })
  if (!sure) return
  await attempt(async () => {
    await api.reset('keep' in sure)
    toast('已经清空')
    setTimeout(() => location.reload(), 600)
  })
})

start().catch(error => toast(error.message, true))
