## Shared by all pages

skip-to-content = 本文へ進む
language-choice = 表示言語
language-name = 日本語
footer-copyright = ©1995-2020 TOYOTA MOTOR CORPORATION. ALL RIGHTS RESERVED.
footer-terms = 利用規約
required = *必須
optional = 任意
error-prefix = エラー：
error-summary = 入力内容をご確認ください
next = 次へ
back = 戻る
cancel = 手続きを中止してサービスに戻る
change = 変更する
new-tab = （新しいタブで開きます）
service-line = ご利用になるサービス：{ $service }
show-password = 入力パスワードを表示
hide-password = 入力パスワードを隠す
password-shown = パスワードを表示しています。
password-hidden = パスワードを隠しています。
interaction-restarted = 有効時間が過ぎたか、はじめたときと違うブラウザで開かれたため、手続きをはじめからやり直します。
print-page = この規約は、ブラウザの印刷機能で印刷または保存できます。

## The steps of ⑤–⑨

registration-title = TOYOTA/LEXUSの共通IDの取得
steps-label = 共通ID取得の手順
step-email = アドレス登録
step-code = 認証番号の入力
step-details = 情報の登録
step-confirmation = 入力内容確認
step-complete = 共通ID取得完了
step-done = 完了
step-current = 現在の手順

## ④ About the ID, and the terms

terms-title = TOYOTA/LEXUSの共通IDについて
terms-lead = トヨタのクルマをお持ちの方も、そうでない方も。
terms-lead-more = トヨタの様々なサービスを1つのIDでご利用いただけます。
terms-link = TOYOTA/LEXUSの共通ID利用規約
terms-agree = 利用規約に同意する。
terms-submit = 会員登録(無料)する
terms-services = ご利用いただける主なサービス
terms-service-1 = my route
terms-service-2 = TOYOTA SHARE
terms-service-3 = TCスマホナビ
terms-service-4 = MyTOYOTA for T-Connect
terms-have-id = すでにTOYOTA/LEXUSの共通IDをお持ちの方
terms-have-id-button = お持ちの共通IDでログイン
terms-changed-title = 利用規約の変更について
terms-changed-lead = TOYOTA/LEXUSの共通ID利用規約が変更されました。
terms-changed-more = 引き続きご利用いただくには、変更後の利用規約をご確認のうえ、同意してください。
terms-changed-later = 変更後の利用規約は{ $day }から適用されます。ご確認のうえ、同意してください。それまでは「あとで確認する」を選んで、これまでの利用規約のままお使いいただけます。
terms-changed-submit = 次へ
terms-later = あとで確認する
terms-in-force-from = { $day }から適用されます。
terms-version = { $version }版
terms-text-title = TOYOTA/LEXUSの共通ID利用規約

## ⑤ E-mail address

email-title = メールアドレスの入力
email-lead = TOYOTA/LEXUSの共通IDはメールアドレスがログインIDとなります。
email-lead-verify = ご本人さま確認のため、まずメールアドレスをご登録いただきます。
email-lead-code = ご入力いただいたメールアドレスに認証番号を送信いたしますのでメールをご確認ください。
email-label = メールアドレス
email-note = ※迷惑メール対策設定をされている場合、「id.toyota.jp」「id.lexus.jp」からのメールを受信出来るように設定ください。
email-prefilled = { $service }に登録されているメールアドレスを入力しています。変更もできます。
email-suggestion = 「{ $address }」ではありませんか？
email-suggestion-use = このメールアドレスに認証番号を送信
email-submit = 上記のメールアドレスに認証番号を送信

## ⑥ Verification code

code-title = 認証番号を送信しました
code-lead = メールアドレスに送信された認証番号をご入力ください。
code-label = 認証番号
code-hint = メールに届く6桁の番号です。{ $minutes }分間有効です。
code-resend = 番号を再送する
code-resent = 認証番号を再送しました。
code-undeliverable = このメールアドレスには届けることができませんでした。アドレスをご確認いただき、お間違いの場合は変更してください。
code-late = ただいま認証番号の送信に時間がかかっています。送信の手続きは完了していますので、届くまでしばらくお待ちください。
code-resent-late = 認証番号の再送を受け付けました。ただいま送信に時間がかかっていますので、届くまでしばらくお待ちください。
code-change-email = メールアドレスを変更する
code-help-title = メールが届かないとき
code-help-spam = 迷惑メールのフォルダをご確認ください。
code-help-domain = 「id.toyota.jp」「id.lexus.jp」からのメールを受信出来るように設定ください。
code-help-carrier = { $carrier }の迷惑メール対策の設定もご確認ください。（{ $setting }に「id.toyota.jp」「id.lexus.jp」を登録すると受信できます）
carrier-docomo = NTTドコモ
carrier-au = au（KDDI）
carrier-softbank = ソフトバンク
carrier-ymobile = ワイモバイル
carrier-filter-docomo = 「受信リスト設定」
carrier-filter-au = 「受信リスト設定」
carrier-filter-softbank = 受信を許可するメールの設定
carrier-filter-ymobile = 受信を許可するメールの設定
code-help-address = 入力したメールアドレスに間違いがないかご確認ください。
code-help-wait = 混み合っているときは、届くまでに数分かかることがあります。

## ⑦ Password and details

details-title = メールアドレスの確認が完了しました
details-lead = 続いてログイン情報の設定を行ってください。
details-login = ログイン情報の登録
details-password = パスワード
details-password-placeholder = 設定したいパスワード
details-password-set = 設定済みです。変更するときだけ入力してください。
details-password-rules = パスワード入力の際の注意事項
details-password-rule-length = { $min }~{ $max }文字で作成してください。
details-password-rule-characters = 使用可能文字は、半角英数、一部の記号（※）となります。
details-password-rule-both = 安全性を高めるために、パスワードは必ず半角数字と半角英字の両方を使用してください。（※一部の記号は任意）
details-password-rule-advice = 情報セキュリティのため、他人に推測されにくいパスワードを選び、定期的（3ヶ月目安）に変更してください。
details-password-rule-symbols = ※{ $symbols }
details-password-rule-passphrase = 使用できる文字に制限はありません。長く、ほかで使っていないものを選んでください。
details-password-rule-unguessable = お名前、メールアドレス、電話番号など、他人に推測されやすい文字列は使用できません。
details-profile = お客様情報の登録
details-prefilled = { $service }に登録されている情報を入力しています。不足している項目を入力し、誤りがあれば修正してください。
details-restored = 前回の入力内容を表示しています。パスワードは保存していませんので、もう一度設定してください。
details-discard = 前回の入力内容を消す
details-family-name = 姓
details-given-name = 名
details-family-name-kana = セイ（フリガナ）
details-given-name-kana = メイ（フリガナ）
details-name = お名前
details-kana = フリガナ
details-mobile-phone = 携帯電話番号
details-mobile-phone-placeholder = 000-0000-0000
details-address = 住所
details-postal-code = 郵便番号
details-postal-code-placeholder = 000-0000
details-prefecture = 都道府県
details-prefecture-choose = 選択してください
details-city = 市区町村名
details-block = 丁目番地
details-building = 建物名
details-home-phone = 自宅電話番号
address-find = 住所を検索
address-filled = 郵便番号から住所を入力しました。続きをご入力ください。
address-choose = この郵便番号には複数の住所があります。該当する住所をお選びください。
address-several = この郵便番号には複数の住所があります。「住所を検索」からお選びください。
address-differs = 入力された住所は、郵便番号の住所と異なります。どちらかをご確認ください。
address-agrees = 入力された住所は、郵便番号と一致しています。
address-none = この郵便番号の住所は見つかりませんでした。お手数ですが、住所をご入力ください。
address-choices = 郵便番号の住所
address-take = この住所にする
details-submit = 確認

## ⑧ Confirmation

confirmation-title = 入力内容の確認
confirmation-lead = ご入力いただいた内容にお間違いがないか、ご確認ください。
confirmation-login = ログイン情報
confirmation-profile = お客様情報
confirmation-email = メールアドレス
confirmation-password = パスワード
confirmation-password-hidden = （設定済み。表示しません）
confirmation-empty = 未入力
confirmation-submit = 登録
confirmation-change-login = パスワードを変更する
confirmation-change-profile = お客様情報を変更する

## ⑨ Complete

complete-title = 共通ID取得が完了しました
complete-lead = 引き続き、ご利用されるサービスに必要な情報をご登録ください
complete-id = ID (メールアドレス)
passkey-offer-title = 次回からはパスキーでもログインできます
passkey-offer-lead = パスキーを登録すると、パスワードを入力せずに、お使いの端末の指紋認証・顔認証・画面ロックでログインできます。
passkey-offer-note = ※登録しなくても、このまま「次へ」お進みいただけます。会員メニューの「パスキー」からいつでも登録できます。

## After ⑥: the address has an account

already-registered-title = すでに登録されています
already-registered-lead = このメールアドレスは、TOYOTA/LEXUSの共通IDとして登録済みです。
already-registered-more = 新しく登録する必要はありません。お持ちの共通IDでログインしてください。
already-registered-login = お持ちの共通IDでログイン
already-registered-change = 別のメールアドレスで取得する

## ⑩ Dealer link

dealer-link-title = TOYOTA/LEXUSの共通IDと販売店との連携
dealer-link-lead = 下記の販売店とお客様のアカウント情報を連携します。
dealer-link-dealer = 連携する販売店
dealer-link-account = 連携する共通ID
dealer-link-customer-number = 販売店のお客様番号
dealer-link-benefit = TOYOTA/LEXUSの共通IDと販売店情報を連携すると、より便利な下記サービスがご利用いただけます。
dealer-link-notice-1 = ご注意1.
dealer-link-notice-2 = ご注意2.
dealer-link-notice-who = 「当社」とは、{ $dealer }をいいます。
dealer-link-notice-version = この案内の版：{ $version }
dealer-link-withdraw = 連携は、あとから「連携中のサービス」のページで解除できます。
dealer-link-reauthenticate = 同意いただいたあと、セキュリティのため、もう一度ログインしていただくことがあります。
dealer-link-submit = 上記販売店と連携する
dealer-link-not-now = 今は連携しない
dealer-link-asked = 連携を求められている販売店
dealer-link-asked-here = この画面でご確認いただく販売店
dealer-link-asked-later = 続けてご確認いただきます
dealer-link-asked-declined = 今は連携しない
dealer-link-asked-linked = 連携済み（{ $date }）
dealer-link-succeeded = { $dealer }は、{ $predecessor }の事業を承継した販売店です。
dealer-link-other-brand = この販売店は{ $brands }の販売店です。下記は{ $brands }のサービスについてのご案内です。
dealer-link-again = 連携中の販売店からのご案内が変更されました。変更後の内容をご確認ください。
dealer-link-again-declined = 同意されない場合も、これまでに同意いただいた内容での連携は続きます。ただし、今回ご利用のサービスには、販売店との連携をお伝えしません。
dealer-link-again-submit = 変更後の内容に同意する
dealer-link-again-not-now = 今は同意しない
guardian-title = 販売店との連携には保護者の方の同意が必要です
guardian-lead = { $age }歳未満のお客様は、ご自身だけで販売店との連携に同意することができません。
guardian-dealer = 連携を求められている販売店
guardian-what-to-do = 連携をご希望の場合は、保護者の方から販売店の窓口へ直接お申し出ください。
guardian-ended = 先ほど同意いただいた販売店との連携は、取り消しました。販売店にもその旨をお知らせします。
guardian-go-on = 共通IDと、連携のいらないサービスは、そのままご利用いただけます。
dealer-choice-title = 連携する販売店の選択
dealer-choice-lead = ご利用の販売店を選択してください。次の画面で、連携する内容をご確認いただけます。
dealer-choice-label = 販売店
dealer-choice-everywhere = すべての都道府県
dealer-choice-count = { $prefecture }（{ $count }）
dealer-choice-filter = この都道府県の販売店を表示
dealer-choice-none = 現在、連携できる販売店はありません。

## The front page of a brand

front-title = TOYOTA/LEXUSの共通ID
front-lead = トヨタとレクサスのサービスを、ひとつのIDでご利用いただけます。
front-what = 会員情報、パスワード、パスキー、連携しているサービスと販売店は、ログインして会員メニューでご確認・変更いただけます。
front-link = 共通IDのトップページへ

## ⑪ Login

login-title = TOYOTA/LEXUSの共通IDでログイン
login-id-label = ID (メールアドレスまたは携帯電話番号)
login-id-note = ※携帯電話番号をIDとして利用する場合は、会員情報の編集ページから設定を行ってください。また、携帯電話番号は、「-(ハイフン)」を抜き、数字のみで入力してください。
login-password = パスワード
login-submit = ログイン
login-register = 新たにTOYOTA/LEXUSの共通IDを取得する
login-register-lead = 共通IDをお持ちでない方
login-reason-requested = セキュリティのため、もう一度ログインしてください。
login-reason-other-person = { $service }が求めているお客様の共通IDでログインしてください。
login-reason-dealer-link = 販売店との連携を完了するため、もう一度ログインしてください。

## A code after the password

login-code-title = 認証番号による本人確認
login-code-lead-sms = 安全のため、お客様の携帯電話番号（{ $to }）にSMSで認証番号を送信し、ご本人さまであることを確認します。
login-code-lead-mail = 安全のため、お客様のメールアドレス（{ $to }）に認証番号を送信し、ご本人さまであることを確認します。
login-code-sent-sms = お客様の携帯電話番号（{ $to }）にSMSで認証番号を送信しました。届いた番号をご入力ください。
login-code-sent-mail = お客様のメールアドレス（{ $to }）に認証番号を送信しました。届いた番号をご入力ください。
login-code-send = 認証番号を送信
login-code-hint = 6桁の番号です。{ $minutes }分間有効です。
long-code-hint = 8桁の番号です。{ $minutes }分間有効です。
login-code-not-now = 認証番号を受け取れない
login-code-warning = ※認証番号を、ほかの人に教えないでください。当社の担当者がお尋ねすることはありません。
login-app-title = 認証アプリによる本人確認
login-app-lead = 安全のため、認証アプリに表示されているコードで、ご本人さまであることを確認します。
login-recovery-code-title = リカバリーコードによる本人確認
login-recovery-code-lead = 控えておいたリカバリーコードを1つ入力してください。一度使ったコードは、もう使えません。
login-passkey-title = パスキーによる本人確認
login-passkey-lead = 登録済みのパスキーで、ご本人さまであることを確認します。
login-passkey-use = パスキーを使用する
login-passkey-stopped = パスキーを確認できませんでした。
login-passkey-needs-script = パスキーを使用するには、ブラウザのJavaScriptを有効にしてください。
app-code-label = 認証アプリのコード
app-code-hint = 認証アプリに表示されている6桁の番号です。30秒ごとに変わります。
recovery-code-label = リカバリーコード
recovery-code-hint = 数字1文字と英字12文字です。大文字と小文字の区別や「-」の有無は問いません。
second-step-not-now = 本人確認をしない
second-step-other-ways = ほかの方法で確認する
second-step-trust = この端末では、{ $days }日間、2段階目の確認を省略する
second-step-by-app = 認証アプリのコードを入力する
second-step-by-code = 認証番号をメールまたはSMSで受け取る
second-step-by-recovery-code = リカバリーコードを入力する
second-step-by-passkey = パスキーを使用する
login-reopen-title = 退会の取り消し
login-reopen-lead = この共通IDは退会の手続きが済んでおり、ご登録の情報は{ $day }に削除されます。退会を取り消して、もう一度利用しますか。
login-reopen-note = ※サービスと販売店との連携は解除されています。取り消した後に、もう一度お手続きください。
login-reopen-submit = 退会を取り消してログイン
login-reopen-not-now = 退会したままにする

## ⑮ Dealer linked

dealer-linked-title = TOYOTA/LEXUSの共通IDと販売店との連携
dealer-linked-lead = 販売店との連携が完了しました。「次へ」ボタンでサービスに戻ります。
dealer-linked-delayed = 連携済み（反映まで数分）
dealer-linked-delayed-why = ただいま販売店のシステムに接続できません。連携は完了しており、接続が回復しだい数分で販売店に反映されます。「次へ」ボタンでサービスに戻ります。
dealer-linked-dealer = 連携した販売店
dealer-linked-at = 連携した日

## Choosing an account

select-account-title = 共通IDの選択
select-account-lead = 続けて利用する共通IDを選択してください。
select-account-current = ログイン中の共通ID
select-account-continue = この共通IDで続ける
select-account-other = 別の共通IDでログインする

## Consent to another company's service

consent-title = サービスへの情報提供の確認
consent-lead = { $service }が、お客様の共通IDの次の情報の利用を求めています。
consent-account = ご利用の共通ID
consent-items = 提供する情報
consent-policy = { $service }のプライバシーポリシー
consent-tos = { $service }の利用規約
consent-site = { $service }のサイト
consent-not-ours = { $service }は、トヨタ自動車とは別の会社が運営するサービスです。
consent-withdraw = 許可は、あとから「連携中のサービス」のページで取り消せます。
consent-approve = 許可する
consent-deny = 許可しない
scope-openid = このサービスでお客様を見分けるための番号
scope-profile = お名前、フリガナ、生年月日など
scope-email = メールアドレス
scope-address = 住所
scope-phone = 電話番号
scope-offline_access = サービスを利用していないときの、上記の情報の利用
scope-dealer_link = 連携している販売店
scope-other = { $scope }

## Logout

logout-title = ログアウト
logout-lead = TOYOTA/LEXUSの共通IDからログアウトします。
logout-lead-service = { $service }から、TOYOTA/LEXUSの共通IDのログアウトを求められました。
logout-account = ログイン中の共通ID
logout-submit = ログアウトする
logout-stay = ログアウトしない
logged-out-title = ログアウトしました
logged-out-lead = TOYOTA/LEXUSの共通IDからログアウトしました。
logged-out-shared = ほかの方と共用の端末をお使いの場合は、ブラウザを閉じてください。
logged-out-onward = ご利用中のほかのサービスからもログアウトしています。終わると{ $service }へ戻ります。
stayed-title = ログインしたままです
stayed-lead = ログアウトしていません。このページは閉じてかまいません。
return-to-service = { $service }に戻る

## A device that cannot show a login page

device-code-title = 端末に表示された番号の入力
device-code-lead = カーナビなどの端末の画面に表示されている8文字の番号を入力してください。
device-code-label = 端末に表示された番号
device-code-hint = 英字8文字です。大文字と小文字の区別や「-」の有無は問いません。
device-code-warning = ※お手元の端末に表示された番号だけを入力してください。ほかの人から電話やメール、SMSで伝えられた番号は入力しないでください。
device-confirmation-title = お手元の端末の確認
device-confirmation-lead = { $service }の端末が、お客様の共通IDでのログインを求めています。この番号は、いまお手元にある端末の画面に表示されていますか。
device-confirmation-service = サービス
device-confirmation-code = 端末に表示された番号
device-confirmation-account = ログイン中の共通ID
device-confirmation-warning = ほかの人に案内されてこのページを開いた場合や、番号が端末の表示と違う場合は、「いいえ」を押してください。「はい」を押すと、その端末がお客様の共通IDでログインします。
device-confirmation-approve = はい、私の端末です
device-confirmation-deny = いいえ、ちがいます
device-complete-title = 端末でのログインが完了しました
device-complete-lead = 端末の画面にお戻りください。まもなく自動的に切り替わります。
device-complete-note = このページは閉じてかまいません。
device-denied-title = 端末でのログインを許可しませんでした
device-denied-lead = 端末は、お客様の共通IDでログインしていません。
device-denied-note = ご自分の端末で利用される場合は、端末の画面からもう一度お試しください。

## Errors

page-error-title = ページを表示できませんでした
page-error-request-id = お問い合わせ番号
page-error-code = エラーコード
page-error-developer = サービスの開発者の方へ
page-error-mend = エラーの意味と直し方（英語）
page-error-again = ページをもう一度開く
page-error-client = サービスから受け取った内容に誤りがあるため、手続きを続けられません。サービスの画面に戻り、もう一度はじめからお試しください。
page-error-not-found = お探しのページはありません。
page-error-interaction-expired = 手続きの有効時間が過ぎました。サービスの画面に戻り、もう一度はじめからお試しください。
page-error-form-expired = ページの有効時間が過ぎました。もう一度開いて、入力し直してください。
page-error-link-expired = リンクの有効時間が過ぎたか、リンクが正しくありません。サービスの画面に戻り、もう一度はじめからお試しください。
page-error-temporarily_unavailable = ただいま大変混み合っています。少し待ってから、もう一度お試しください。
page-error-server_error = 申し訳ありません。こちらの不具合により、手続きを続けられませんでした。少し待ってから、もう一度お試しください。
page-error-too-large = 送信された内容が大きすぎます。
page-error-bad-form = 送信された内容を読み取れませんでした。前のページに戻り、もう一度お試しください。
page-error-device-expired = 端末の番号の有効時間が過ぎたか、すでに使用されています。端末の画面から、もう一度お試しください。
page-error-no-second-factor = 認証番号をお送りできる確認済みの携帯電話番号またはメールアドレスがないため、この手続きはできません。お客様窓口にご連絡ください。
page-error-dealer-unavailable = この販売店とは、現在連携できません。

codes-title = エラーコード一覧
codes-one-title = エラーコード { $code }
codes-lead = このIDを使うサービスの開発者の方のための説明です（英語）。
codes-all = エラーコード一覧

## The answer to a client as a form

form-post-title = サービスに戻ります
form-post-lead = 自動的に切り替わらないときは、ボタンを押してください。
form-post-submit = 次へ

## Services a person allowed

services-title = 連携中のサービス
services-account = ログイン中の共通ID
services-clients = 情報の利用を許可したサービス
services-clients-none = 情報の利用を許可した他社のサービスはありません。
services-granted-at = 許可した日
services-revoke = 許可を取り消す
services-revoke-of = { $service }への許可を取り消す
services-revoked = 許可を取り消しました。
services-dealers = 連携中の販売店
services-dealers-none = 連携中の販売店はありません。
services-linked-at = 連携した日
services-formerly = { $dealer }から承継
services-dealer-closed = この販売店は、現在、新しい連携を受け付けていません。
services-unlink = 連携を解除する
services-unlink-of = { $dealer }との連携を解除する
services-unlinked = 連携を解除しました。
services-logout = ログアウト

profile-title = ご利用されるサービスに必要な情報の確認
profile-lead = { $service }サービスをご利用頂くには、下記項目のご登録が必要です。全ての項目にご入力頂くと共に、登録済みの内容も最新の情報であることをご確認頂いた上で、「確認」ボタンをクリックしてください。
profile-heading = お客様情報の編集
profile-told = { $service }からの情報：{ $value }
profile-typed = ご入力の内容：{ $value }
profile-progress = ご登録 { $number } / { $of }
profile-complete-more = 引き続き、ご利用されるサービスに必要な情報をご登録ください。
profile-confirmation-title = ご利用されるサービスに必須となる情報の確認
profile-save = 登録
profile-back = お客様情報の編集に戻る
profile-complete-title = 情報の更新が完了しました
profile-complete-lead = 「次へ」ボタンで{ $service }のお手続きに進みます。
details-birthdate = 生年月日
birthdate-year = 年（西暦）
birthdate-month = 月
birthdate-day = 日
birthdate-in-words = 西暦{ $year }年{ $month }月{ $day }日（{ $era }）

login-forgotten = パスワードを忘れた方
recovery-title = パスワードの再設定
recovery-lead = ご登録のメールアドレス、またはログインに使っている携帯電話番号を入力してください。認証番号を送信します。
recovery-send = 認証番号を送信
recovery-code-title = 認証番号の入力
recovery-code-lead-mail = ご入力のメールアドレスに認証番号を送信しました。届いた番号を入力してください。
recovery-code-lead-sms = ご入力の携帯電話番号でログインの設定をされている場合は、SMSで認証番号を送信しました。届いた番号を入力してください。
recovery-help-title = 認証番号が届かないとき
recovery-help-id = 入力したIDに間違いがないかご確認ください。
recovery-help-phone = 携帯電話番号でのログインを設定していない場合は届きません。メールアドレスでお試しください。
recovery-nobody-title = 共通IDが登録されていません
recovery-nobody-lead = このIDで登録されたTOYOTA/LEXUSの共通IDはありません。ほかのメールアドレスで登録されていないかご確認いただくか、新たに取得してください。
recovery-nobody-other = ほかのIDで試す
recovery-password-title = 新しいパスワードの設定
recovery-password-lead = 設定すると、ほかの端末ではログアウトされます。
recovery-birthdate-lead = ご本人さま確認のため、ご登録の生年月日を入力してください。
recovery-new-password = 新しいパスワード
recovery-save = パスワードを設定
recovery-complete-title = パスワードを設定しました
recovery-complete-lead = 次回から新しいパスワードでログインしてください。「次へ」ボタンでお手続きに戻ります。

account-title = 会員メニュー
account-back = 会員メニューに戻る
account-profile = 会員情報の編集
account-profile-save = 保存する
account-profile-saved = 会員情報を保存しました。
account-birthdate = 生年月日の変更
account-birthdate-current = 現在の生年月日
account-birthdate-new = 変更後の生年月日
account-birthdate-lead = 正しい生年月日を入力してください。
account-birthdate-note = 一度変更すると、{ $days }日間は変更できません。変更したことは、メールでもお知らせします。
account-birthdate-open-from = 生年月日は、一度変更すると{ $days }日間は変更できません。次に変更できるのは、{ $minute }からです。お急ぎの場合は、お客様窓口にご連絡ください。
account-birthdate-confirmation = 生年月日の確認
account-birthdate-ends-links = 変更後の年齢では、販売店との連携に保護者の方の同意が必要です。変更すると、現在の連携は解除されます。
account-birthdate-save = 変更する
account-birthdate-changed = 生年月日を変更しました。
account-birthdate-to-service = 変更せずに、サービスの手続きに戻る
account-password = パスワードの変更
account-password-present = 今のパスワード
account-password-save = パスワードを変更
account-password-changed = パスワードを変更しました。ほかの端末ではログアウトされました。

account-email = メールアドレスの変更
account-email-current = 今のメールアドレス（ID）
account-email-new = 新しいメールアドレス
account-email-lead = 新しいメールアドレスに認証番号を送信します。届いた番号を入力すると、ログインIDが変わります。
account-email-undo-note = ※今のメールアドレスにも、変更のお知らせをお送りします。変更は、今のメールアドレスに届く取り消し番号で、{ $days }日以内なら取り消せます。
account-email-change = メールアドレスを変更
account-email-changed = メールアドレスを変更しました。次回から新しいメールアドレスでログインしてください。
account-email-log-out = ログアウトして、別の共通IDでログインする
email-undo-link = メールアドレスを勝手に変更された方
email-undo-title = メールアドレスの変更の取り消し
email-undo-lead = ログインIDのメールアドレスを、変更前のものに戻します。変更前のメールアドレスに届いたお知らせの取り消し番号を入力してください。
email-undo-code = 取り消し番号
email-undo-hint = 英字16文字です。大文字と小文字の区別や「-」の有無は問いません。
email-undo-note = ※安全のため、すべての端末からログアウトし、今のパスワード、パスキー、携帯電話番号でのログインは使えなくなります。続けて新しいパスワードを設定してください。
email-undo-submit = 変更前に戻す
email-undo-done = メールアドレスを元に戻しました。
email-undo-next = すべての端末からログアウトしました。続けて、元のメールアドレスで新しいパスワードを設定してください。
end-sessions-title = すべての端末からのログアウト
end-sessions-lead = この共通IDでログインしているすべての端末とアプリをログアウトさせます。ログインに心当たりのない場合などにご利用ください。
end-sessions-submit = すべての端末をログアウトさせる
end-sessions-done = すべての端末をログアウトさせました。
end-sessions-next = 第三者がパスワードを知っているおそれがある場合は、新しいパスワードを設定してください。

change-cancel-link = 心当たりのない変更を取り消す
change-cancel-title = 変更の取り消し
change-cancel-lead = メールまたはSMSでお知らせした変更を取り消します。お知らせの取り消し番号を入力してください。
change-cancel-code = 取り消し番号
change-cancel-submit = 変更を取り消す
change-cancel-done = 変更を取り消しました。
change-cancel-next = 第三者がお客様のパスワードを知っているおそれがあります。続けて新しいパスワードを設定してください。すべての端末からログアウトします。

pending-title = 手続き中の変更
pending-lead = お心当たりのない変更は、取り消してください。
pending-due = 有効になる日時
pending-cancel = 取り消す
pending-cancel-of = { $change }（{ $due }）を取り消す
pending-cancelled = 変更を取り消しました。
pending-waits = 変更の手続きを受け付けました。有効になるまでの間は、このページか、お送りしたメールまたはSMSの取り消し番号で取り消せます。
pending-change-email = メールアドレスの変更
pending-change-phone-login-on = 携帯電話番号でのログインの設定
pending-change-phone-login-off = 携帯電話番号でのログインの解除
pending-change-passkey-added = パスキーの登録
pending-change-passkey-removed = パスキーの削除
pending-change-password = パスワードの変更
pending-change-leaving = 退会
guard-waits-code = 認証番号でご本人を確認できていないため、ここでの変更は{ $hours }時間後に有効になります。それまでの間、ご登録のメールアドレスなどにお知らせし、取り消せるようにします。
guard-waits-passkey = パスキーでご本人を確認できていないため、ここでの変更は{ $hours }時間後に有効になります。それまでの間、ご登録のメールアドレスなどにお知らせし、取り消せるようにします。
guard-waits-app = 認証アプリのコードでご本人を確認できていないため、ここでの変更は{ $hours }時間後に有効になります。それまでの間、ご登録のメールアドレスなどにお知らせし、取り消せるようにします。
guard-with-app = 認証アプリのコードで確認し直して、すぐに変更する
guard-with-code = 認証番号で確認して、すぐに変更する
guard-with-passkey = パスキーでログインし直して、すぐに変更する
page-error-changes-too-many = 変更の手続きの回数が上限に達しました。1日ほど時間をおいてから、もう一度お試しください。

phone-login-title = 携帯電話番号でのログイン
phone-login-is-on = 次の携帯電話番号をIDとして、ログインできます。
phone-login-is-off = 携帯電話番号でのログインは設定されていません。
phone-login-lead = SMSで届く認証番号を入力すると、携帯電話番号をIDとしてログインできるようになります。
phone-login-hint = 060、070、080、090で始まる番号
phone-login-note = ※SMSの受信には、通信料がかかる場合があります。この番号でログインできる共通IDは1つだけです。
phone-login-send = SMSで認証番号を送信
phone-login-other-number = 別の番号に変更する
phone-login-switch-off = 携帯電話番号でのログインを解除する
phone-login-switch-on = ログインに使用する
phone-login-change-number = 携帯電話番号を変更する
phone-login-code-lead = SMSで届いた認証番号をご入力ください。
phone-login-help-title = SMSが届かないとき
phone-login-help-number = 入力した携帯電話番号に間違いがないかご確認ください。
phone-login-help-sms = 携帯電話のSMSの受信拒否の設定をご確認ください。
phone-login-done-on = 携帯電話番号でログインできるようになりました。
phone-login-done-off = 携帯電話番号でのログインを解除しました。
account-offer-logout = 心当たりのない端末でログインされていないか、ご確認ください。

passkeys-title = パスキー
passkeys-lead = パスキーを登録すると、パスワードを入力せずに、お使いの端末の指紋認証・顔認証・画面ロックでログインできます。
passkeys-list = 登録済みのパスキー
passkeys-none = 登録されているパスキーはありません。
passkeys-full = これ以上は登録できません。登録するには、お使いでないパスキーを削除してください。
passkeys-note = ※ログイン画面では、IDの入力欄を選ぶと、パスキーの候補が表示されます。パスキーは、登録したときのサイトでのログインに使用できます。
passkeys-back = パスキーの一覧に戻る
passkey-add = パスキーを登録する
passkey-added = パスキーを登録しました。
passkey-renamed = パスキーの名前を変更しました。
passkey-removed = パスキーを削除しました。
passkey-unnamed = 名前のないパスキー
passkey-host = 使えるサイト
passkey-created-at = 登録した日時
passkey-last-used-at = 最後に使った日時
passkey-never-used = まだログインに使われていません
passkey-change-of = 「{ $label }」（{ $created_at }に登録）を変更する
passkey-change-title = パスキーの変更
passkey-label = パスキーの名前
passkey-label-hint = お使いの端末などがわかる名前（40文字まで）
passkey-remove-title = パスキーの削除
passkey-remove-note = ※削除すると、このパスキーではログインできなくなります。端末に残っているパスキーは、端末のパスワードの設定などから削除してください。
passkey-remove = このパスキーを削除する
passkey-known = この端末などには、この共通IDのパスキーがすでに登録されています。
passkey-stopped = パスキーの登録は中止されました。
passkey-not-made = パスキーを登録できませんでした。お使いの端末やブラウザの設定をご確認ください。
passkey-needs-script = パスキーを登録するには、ブラウザのJavaScriptを有効にしてください。
app-title = 認証アプリ
app-lead = スマートフォンなどの認証アプリに表示されるコードで、ログイン時の本人確認ができます。
app-added-at = 登録した日時
app-scan-title = 1. 認証アプリに登録する
app-scan = 認証アプリで、次のQRコードを読み取ってください。
app-qr = 認証アプリに登録するためのQRコード
app-open = この端末の認証アプリを開く
app-secret = QRコードを読み取れない場合は、認証アプリに次のキーを入力してください。
app-code-title = 2. コードを確認する
app-add = 認証アプリを登録する
app-added = 認証アプリを登録しました。
app-removed = 認証アプリを解除しました。
app-needs-codes = 認証アプリの端末を紛失したときのために、リカバリーコードを控えておいてください。
app-remove-note = ※解除すると、認証アプリのコードは使えなくなります。機種を変更するときなどは、解除してから登録し直してください。
app-remove = 認証アプリを解除する

recovery-codes-title = リカバリーコード
recovery-codes-lead = 認証アプリやパスキーの端末を紛失したときなどに、本人確認に使用するコードです。10個あり、それぞれ一度だけ使えます。
recovery-codes-left = 未使用のコードの数
recovery-codes-made-at = 発行した日時
recovery-codes-once = このコードが表示されるのは、今回だけです。印刷するか書き写して、安全な場所に保管してください。
recovery-codes-void = ※新しいコードを発行すると、以前のコードは使えなくなります。
recovery-codes-make = 新しいコードを発行する
recovery-codes-print = 印刷する
two-steps-title = 2段階認証
two-steps-lead = パスワードでログインするたびに、認証アプリのコードや認証番号などでも、ご本人さまであることを確認します。
two-steps-are-on = 設定中
two-steps-are-off = 設定なし
two-steps-app = 認証アプリを登録する
two-steps-codes = リカバリーコードを発行する
two-steps-switch-on = 2段階認証を設定する
two-steps-switch-off = 2段階認証を解除する
two-steps-switched-on = 2段階認証を設定しました。
two-steps-switched-off = 2段階認証を解除しました。
trusted-devices-title = 2段階目の確認を省略する端末
trusted-devices-lead = 次の端末では、{ $days }日間、パスワードだけでログインできます。心当たりのない端末は、省略を取り消してください。
trusted-devices-none = 省略する端末はありません。
trusted-device-until = 省略する期限
trusted-device-revoke = 取り消す
trusted-device-revoke-of = 「{ $device }」（{ $last_used_at }に利用）の省略を取り消す
trusted-device-revoked = 端末の省略を取り消しました。

sessions-title = ログイン中の端末
sessions-lead = この共通IDでログインしている端末です。心当たりのない端末は、ログアウトさせてください。
sessions-here = この端末
sessions-device-unknown = 種類のわからない端末
sessions-brand = ログイン先
sessions-begun-at = ログインした日時
sessions-seen-at = 最後に利用した日時
sessions-end = ログアウトさせる
sessions-end-of = 「{ $device }」（{ $begun_at }にログイン）をログアウトさせる
sessions-end-others = ほかのすべての端末からログアウト
sessions-others-none = ほかにログインしている端末はありません。
sessions-note = ログインしたまま使えるアプリなどは、ログアウトされません。端末を紛失されたときなどは、パスワードを変更してください。アプリなども含め、すべてログアウトされます。
sessions-ended = 端末をログアウトさせました。
sessions-others-ended = ほかのすべての端末からログアウトしました。

history-title = ログイン履歴
history-lead = この共通IDへのログインと、設定の変更の履歴です。
history-events = 履歴（新しい順）
history-none = 履歴はありません。
history-pages = 履歴のページ
history-newest = 最新の履歴
history-older = 以前の履歴
history-times = { $times }回
history-service = サービス
history-device = 端末
history-network = ネットワーク
history-unfamiliar = 心当たりのない履歴がある場合
history-unfamiliar-lead = パスワードを変更してください。ほかの端末からは、すべてログアウトされます。
history-login = ログイン
history-login-failed = ログインの失敗
history-reauthentication = 本人確認
history-sign-on = もう一方のブランドへのログイン
history-session-ended = ログアウト
history-device-trusted = この端末を信頼する設定
history-device-trust-ended = 端末を信頼する設定の解除
history-account-registered = 共通IDの登録
history-account-imported = 以前のIDからの引き継ぎ
history-account-import-changed = 引き継いだ情報の更新
history-account-closed = 退会
history-account-reopened = 退会の取り消し
history-password-changed = パスワードの変更
history-recovery = パスワードの再設定
history-email-changed = メールアドレスの変更
history-email-change-undone = メールアドレスの変更の取り消し
history-phone-login-on = 携帯電話番号でのログインの設定
history-phone-login-off = 携帯電話番号でのログインの解除
history-passkey-added = パスキーの追加
history-passkey-removed = パスキーの削除
history-app-added = 認証アプリの登録
history-app-removed = 認証アプリの解除
history-recovery-codes-made = リカバリーコードの作成
history-recovery-code-used = リカバリーコードの使用
history-two-steps-on = 2段階認証の設定
history-two-steps-off = 2段階認証の解除
history-change-waits = 変更の申し込み（待機中の変更）
history-change-cancelled = 待機中の変更の取り消し
history-birthdate-changed = 生年月日の変更
history-code-checked = 確認コードの入力
history-code-checked-failed = 確認コードの入力の失敗
history-refresh-token-replayed = サービスへのログインの無効化
history-refresh-token-replayed-failed = サービスへのログインの無効化
history-by-password = パスワード
history-by-two-steps = パスワードと2段階目の確認
history-by-passkey = パスキー
history-how-logout = この端末でログアウトしました。
history-how-owner = 「ログイン中の端末」からログアウトさせました。
history-how-others = ほかのすべての端末からログアウトさせました。
history-how-link = お知らせメールのリンクから、すべての端末をログアウトさせました。
history-how-all = パスワードの変更などにより、すべてログアウトされました。
history-reason-wrong-password = パスワードが違います。
history-reason-unknown-account = 共通IDが違います。
history-reason-wrong-code = コードが違います。
history-reason-wrong-passkey = パスキーを確認できませんでした。
history-reason-too-many = 失敗が続いたため、受け付けませんでした。
history-reason-unknown-client = サービスを確認できませんでした。
history-reason-invalid-client = サービスを確認できませんでした。
history-reason-replayed = 使用済みの情報がもう一度送られたため、このサービスへのログインを無効にしました。

consents-title = 同意の記録
consents-lead = お客様がこれまでに同意された内容と、取り消された内容の記録です。記録は変更も削除もされません。
consents-records = 記録（新しい順）
consents-none = 記録はありません。
consents-terms = TOYOTA/LEXUSの共通ID利用規約
consents-provision = { $provider }から{ $recipient }への情報の提供
consents-scope = { $recipient }への情報の提供
consents-given = 同意した日時
consents-withdrawn = 取り消した日時
consents-guardian-needed = 保護者の方の同意が必要なため取り消した日時
consents-period = 提供の期間 { $from }～{ $until }
consents-period-open = 提供の期間 { $from }～（取り消されるまで）
consents-items = 提供する情報
consents-purposes = 利用目的
consents-version = 文面の版 { $version }
consents-through = ご利用のサービス { $service }
consents-through-us = 共通IDの会員ページ
consents-pages = 記録のページ
consents-newer = < 新しい記録
consents-older = 以前の記録 >
consents-files = 記録の保存
consents-files-lead = すべての記録をファイルで保存できます。
consents-csv = 表計算ソフト用のファイル（CSV）
consents-json = データのファイル（JSON）

leave-title = 退会
leave-ends = 退会するとできなくなること
leave-ends-login = この共通IDでは、どのサービスにもログインできなくなります。
leave-ends-data = ご登録のお客様情報は、14日後に削除され、元に戻せません。それまでにログインすると、退会を取り消せます。
leave-ends-dealer = { $dealer }との連携は解除されます。
leave-kept = 退会後も残るもの
leave-kept-records = 情報の提供に関する同意と撤回の記録は、個人情報保護法により原則3年間保管します。各サービスや販売店がお預かりしている情報は、それぞれの窓口にお問い合わせください。
leave-confirm = 上の内容を確認し、退会します。
leave-submit = 退会する
logged-out-left = 退会の手続きが完了しました。14日以内にログインすると、退会を取り消せます。これまでのご利用ありがとうございました。

page-error-debugger-key = このページを見るには、HTTP Basic認証でログインしてください。パスワードに運用者のキーを入れるか、サービスのclient_idとシークレットを使います。
debugger-title = デバッガー
debugger-lead = 開発者のためのページです。各サービスが最近何をリクエストし、どのルールによってどう応答されたかを確認できます。秘密の値と個人情報は伏せています。
debugger-clients = サービス
debugger-count = リクエスト数: { $count }
debugger-last-at = 最後のリクエスト:
debugger-none = リクエストはありません。
debugger-strangers = 登録のないサービスからのリクエスト
debugger-stranger = 登録なし
debugger-note = このサーバープロセスが起動後に応答したものだけを表示します。複数のサーバーがある場合は、それぞれで異なります。
debugger-requests = 最近のリクエスト
debugger-client = サービス（client_id）
debugger-newest-first = 新しい順
debugger-all-clients = すべてのサービス
debugger-request = リクエストの詳細
debugger-cure = このエラーの意味と直し方
debugger-rules = ルールごとの結果
debugger-passed = ✓ 適合
debugger-failed = ✗ 違反
debugger-not-reached = – 未確認
debugger-advice = 違反ではないが改善できる点
debugger-sent = 送られたパラメーター
debugger-no-parameters = パラメーターはありませんでした。
debugger-at = 日時
debugger-issuer = 発行者（issuer）
debugger-authentication = クライアント認証の方式
debugger-location = ブラウザの移動先
debugger-trace = トレース
