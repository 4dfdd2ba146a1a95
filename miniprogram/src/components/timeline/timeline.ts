// What has happened, newest first: people open this page to see what is new.
import { moment, zoneNote } from '../../utils/dates'
import { strings } from '../../utils/i18n'
import { Step } from '../../utils/types'

Component({
  properties: { steps: { type: Array, value: [] as Step[] } },
  data: { t: strings().case, lines: [] as { key: string; who: string; state: string; text: string; when: string }[], note: '' },
  observers: {
    steps(steps: Step[]) {
      const t = strings().case
      const now = new Date()
      const who = { you: t.you, office: t.office, system: t.system }
      const lines = steps.map((step, index) => ({ key: `${step.at}-${index}`, who: who[step.actor] ?? '', state: step.state_name, text: step.text, when: moment(step.at, now) }))
      this.setData({ lines: lines.reverse(), note: zoneNote(now) })
    },
  },
})
