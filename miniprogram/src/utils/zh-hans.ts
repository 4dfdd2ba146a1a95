// Simplified Chinese.
export const zhHans = {
  greeting: { morning: '早上好', forenoon: '上午好', afternoon: '下午好', evening: '晚上好', from: '{county}问候您' },
  festival: { today: '今天是{name}，祝您节日安康', tomorrow: '明天就是{name}', soon: '再过 {n} 天是{name}（{date}）' },
  home: {
    title: '乡音', petition: '反映诉求（信访）', petitionHint: '房产、侨坟、户籍、公共服务等事情，请侨联帮忙反映、转办（信访）',
    consultation: '法律咨询', consultationHint: '继承、公证、婚姻、证件等问题，由公益律师解答，不收费',
    cases: '我的诉求', casesHint: '看办理进展和答复', unread: '{n} 件有新进展', me: '我的资料', meHint: '称呼、住在哪里、家乡',
    share: '{county} · 为侨服务',
  },
  letters: {
    entry: '家书', entryHint: '节日里家乡寄来的信，可以回信', empty: '还没有寄过信', emptyHint: '逢年过节，家乡会给您写信，都收在这里。', from: '{county}来信',
    news: '家乡近事', copied: '网址已复制，请到浏览器里打开', others: '乡亲的回信', mine: '我的回信', answer: '家乡回复', waiting: '家乡的同志会看，也会回，答复就写在这里。',
    write: '给家乡回信', words: '想说的话', feature: '愿意让别的乡亲也看到', featureHint: '会写上您的称呼和住在哪里', send: '寄回家乡', sent: '已经寄到', short: '请写几句话', photo: '家乡的照片',
    missing: '找不到这封信', missingHint: '可能已经收回了。',
  },
  help: {
    fraud: '谨防诈骗', fraudText: '我们不收任何费用，不会让您转账，也不会向您要验证码、银行卡密码。', emergency: '遇到人身危险',
    call12308: '拨打 12308',
  },
  office: {
    title: '找工作人员', hint: '不方便打字，可以打电话，由工作人员代您登记。', address: '地址', hours: '时间（北京时间）', call: '打电话',
  },
  submit: {
    petition: '反映诉求', consultation: '法律咨询', restored: '上次写的内容还在，可以接着写。', topic: '是哪方面的事', choose: '请选择',
    subject: '一句话说明', subjectHint: '例如：老家房屋确权一直没有办下来', subjectHintConsultation: '例如：父亲留下的房子怎么继承',
    body: '详细情况', bodyHint: '什么时间、在什么地方、和谁有关、经过怎样、希望怎样解决。', bodyHintConsultation: '事情经过、现在住在哪国、房产或当事人在哪里、有没有快到的期限、想问什么。',
    autosave: '写的内容会自动保存在这部手机里。', photos: '照片', photosHint: '最多 6 张，例如证件、通知、现场',
    country: '您现在住在', contact: '联系方式', contactHint: '电话、微信号或邮箱', optional: '（可不填）',
    before: '提交前请看一看', agree: '我已看过上面的提示，同意按上面的说明使用我填写的内容', version: '说明版本 {version}', submit: '提交', sending: '正在提交…',
    clear: '清空重写', clearAsk: '写好的内容和照片都会清掉，确定吗？', clearYes: '清空', clearNo: '不清空',
    alreadyTitle: '前面那一次已经提交成功', alreadyText: '您修改之前的内容，我们已经收到了。改动的部分，可以在“我的诉求”里打开它，用“补充材料”告诉我们。',
    toCases: '去看我的诉求', asNew: '这是另一件事，重新提交',
    kept: '您写的内容都还在，没有丢。', notice: '个人信息使用说明',
  },
  errors: {
    topic: '请选择是哪方面的事', subject: '请用一句话说明是什么事', body: '请写一写详细情况，至少 5 个字', tooLong: '请不要超过 {n} 个字', consent: '请看完提示后打勾',
    supplement: '请写下要补充的内容', photosUploading: '照片还在上传，请稍等', photosFailed: '有照片没传上去，请点照片重传，或者删掉它', check: '还有 {n} 处要填',
  },
  photos: {
    add: '添加照片', photo: '照片 {n}', remove: '删除照片 {n}', retry: '重传照片 {n}', uploading: '上传中', failed: '点这里重传', kept: '已传好',
    denied: '没有得到您的同意，不能选照片。其他内容照样可以提交。', missing: '这张照片没有显示出来',
  },
  cases: { title: '我的诉求', empty: '还没有提交过诉求', emptyHint: '您可以在这里反映诉求，或者做法律咨询。', more: '看更早的', end: '就是这些了', unread: '有新进展', refresh: '刷新', updated: '{when} 更新' },
  case: {
    title: '办理情况', received: '已经收到，请放心', number: '编号', copy: '复制编号', copied: '编号已复制', keep: '请记下编号。以后打开“我的诉求”就能看到进展。',
    next: '接下来', cautions: '请您留意', answerBy: '最晚答复日期', chinaTime: '（北京时间）', handler: '办理单位', submittedAt: '提交时间', progress: '办理进展', newest: '最新', mine: '我提交的内容', photos: '照片',
    supplement: '补充材料', supplementHint: '有新情况、新照片，写在这里交上来。', supplementSend: '交上去', supplementDone: '补充材料已收到', supplementTwice: '办理进展里可以看到。如果下面改动的内容还要交，请再点一次“交上去”。', cancel: '先不补充',
    notify: '有进展时发微信通知我', notified: '好的，下次有进展会通知您', you: '您', office: '侨联', system: '系统', missing: '没有找到这件诉求', missingHint: '请从“我的诉求”里打开。',
  },
  me: {
    title: '我的资料', intro: '都可以不填。填了，我们好称呼您，也好按您当地的时间问候您。', salutation: '怎么称呼您', salutationHint: '例如：陈阿姨', country: '住在哪个国家或地区',
    zone: '当地时间', zoneHint: '和哪里的时间一样', zoneOf: '{name}时间', hometown: '家乡（镇、村）', hometownHint: '例如：石桥镇下洋村', language: '来信和问候用哪种字', save: '保存', saved: '已保存', saving: '正在保存…',
    languages: { 'zh-Hans': '简体字', 'zh-Hant': '繁體字' } as Record<string, string>,
    part: '什么时候收信方便', parts: { '': '都可以', morning: '早上', evening: '晚上' } as Record<string, string>,
    rights: '不方便用手机的，也可以找工作人员代办。',
    data: '我的个人信息', dataHint: '查看、更正、下载、撤回同意、注销', notice: '个人信息使用说明', noticeHint: '用来做什么、给谁看、留多久',
  },
  mydata: {
    intro: '这里是我们保存的、关于您的全部信息。点开可以看。', count: '{n} 项', none: '没有',
    agreements: '同意与撤回', agreementsHint: '逐项同意，随时撤回', correct: '请求更正', correctHint: '侨情登记有不对的，请工作人员改',
    notice: '个人信息使用说明', noticeHint: '用来做什么、给谁看、留多久', close: '注销账号', closeHint: '删除个人信息，七天内可以反悔', edit: '我的资料', editHint: '称呼、住在哪里、家乡，自己改',
    copy: '下载一份', copyHint: '把全部信息打成一个压缩包，里面有网页和照片，用电脑打开最方便。24 小时内可以取。', order: '准备一份', preparing: '正在准备，请稍等…', share: '发到微信聊天', shareHint: '已经准备好。可以发给自己的“文件传输助手”，在电脑上打开。请不要发给不认识的人。',
    fetching: '正在取…', file: '我的个人信息.zip', stillPreparing: '还没有准备好，请过几分钟再打开这一页。',
  },
  agreements: {
    intro: '每一项都由您决定。撤回和同意一样方便；撤回不影响之前已经办的事，也不影响您使用其他服务。', agree: '同意', withdraw: '撤回', refuse: '不要了', since: '{when}', never: '没有另外表示过',
    askTitle: '撤回：{name}', askYes: '撤回', askNo: '不撤回', given: '已同意', withdrawn: '已撤回', history: '经过', showHistory: '看以前的同意和撤回', gave: '同意', took: '撤回', version: '说明版本 {version}', way: '{way}', toClose: '去注销账号', later: '提交的时候再问您。',
  },
  correct: {
    intro: '改好要更正的地方，交给工作人员核实。15 个工作日内办好，或者告诉您理由。', none: '侨联的侨情登记里还没有您。称呼、住在地、家乡可以在“我的资料”里自己改；其他的写在下面。', now: '现在：{value}', empty: '（空）',
    words: '还想说的话', wordsHint: '例如：护照上的拼写不对；备注里的话请删掉', send: '交给工作人员', sending: '正在提交…', sent: '已经交上去了', check: '有 {n} 处要改', mine: '我提过的', answerBy: '{day}前答复', takeBack: '取消这个请求', takeBackAsk: '取消以后，工作人员就不办了。', takeBackYes: '取消请求', takeBackNo: '先留着', from: '原来：{value}', to: '改成：{value}', remove: '（删去）', reason: '工作人员的答复', words2: '您说：{words}', fieldsTitle: '侨情登记', tapToChange: '点一下就可以改。', showUnknown: '还没登记的项目也想补上', changed: '已改',
  },
  close: {
    title: '注销账号', what: '注销以后', waiting: '您还有 {n} 件诉求没有办完', withdraw: '都撤回，不用再办', withdrawHint: '到期注销时停止办理', answerFirst: '先等答复，答复后再注销', answerFirstHint: '答复之前账号还在', read: '我看过了，知道七天后恢复不了', next: '申请注销', must: '请看完后果并打勾', choose: '请选择没办完的诉求怎么办',
    askTitle: '真的要注销吗', askText: '七天以后，个人信息会删除，恢复不了。七天内打开这里可以反悔。', askYes: '确定注销', askNo: '不注销',
    running: '正在注销', runningText: '{when}到期，到期后自动注销。', runningAnswers: '等没办完的诉求都答复了，才会注销。', keep: '不注销了，保留账号', kept: '账号保留', keptText: '已经取消注销，您的信息都还在。', copyFirst: '注销前，可以先下载一份自己的信息。', copy: '去下载',
  },
  notice: {
    by: '由{county}负责', purpose: '用来做什么', kinds: '用到哪些信息', recipients: '给谁看', kept: '留多久', ending: '撤回以后', rights: '您的权利', version: '说明版本 {version}',
  },
  choice: { search: '输入名字查找', none: '没有找到', close: '关闭', chosen: '已选' },
  privacy: {
    title: '使用照片前，请您同意', text: '只有您选中的照片会交给我们，用来办理您的事情。详细内容请看', contract: '《用户隐私保护指引》', agree: '同意，去选照片', refuse: '不同意',
  },
  dates: { today: '今天', yesterday: '昨天', monthDay: '{m}月{d}日', day: '{y}年{m}月{d}日', zoneNote: '以上为您手机上的当地时间（{zone}）' },
  trouble: {
    offline: { title: '网络连不上', detail: '请看看手机有没有网络，然后再试一次。' },
    slow: { title: '网络太慢，没有等到回应', detail: '请稍等一会儿，再试一次。' },
    server: { title: '服务暂时打不开', detail: '不是您的问题。请过几分钟再试一次。' },
    refused: { title: '没有办成', detail: '请再试一次；还是不行，请打电话给我们。' },
    retry: '再试一次', loading: '正在打开…',
  },
}
