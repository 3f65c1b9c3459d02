# What is wrong with a field: `error-<code>`, as `accounts` and the screens name it.

## E-mail address

error-email-missing = メールアドレスを入力してください。
error-email-characters = メールアドレスに使用できない文字が含まれています。
error-email-domain = メールアドレスの「@」より後ろをご確認ください。
error-email-domain-refused = このメールアドレスのドメイン（「@」より後ろ）はご利用いただけません。別のメールアドレスを入力してください。
error-email-domain-takes-no-mail = 「{ $domain }」にはメールが届かないようです。「@」より後ろのつづりをご確認ください。正しい場合は、もう一度押すと、このまま送信します。
error-email-incomplete = メールアドレスが途中で終わっています。「@」とその後ろまで入力してください。
error-email-not-ascii = メールアドレスは半角で入力してください。
error-email-too-long = メールアドレスが長すぎます。
error-email-same = 今のメールアドレスと同じです。新しいメールアドレスを入力してください。
error-email-registered = このメールアドレスは、別の共通IDに登録されています。ほかのメールアドレスを入力するか、ログアウトして、その共通IDでログインしてください。
error-email-changed-elsewhere = 別の画面でメールアドレスが変更されたため、変更できませんでした。今のメールアドレスをご確認のうえ、もう一度お試しください。
error-cancel-code-missing = 取り消し番号を入力してください。
error-cancel-code-unknown = この取り消し番号は使用できません。入力に誤りがないか、すでに取り消したか、変更が有効になった後ではないかをご確認ください。
error-cancel-code-too-many = 番号の間違いが続いています。しばらく時間をおいてから、もう一度お試しください。
error-undo-code-missing = 取り消し番号を入力してください。
error-undo-code-unknown = この取り消し番号は使用できません。入力に間違いがないか、期限が過ぎていないかをご確認ください。
error-undo-code-too-many = 間違いが続いたため、しばらく入力できません。時間をおいてお試しください。
error-undo-address-taken = 変更前のメールアドレスは、すでに別の共通IDに登録されているため、元に戻せません。お客様窓口にご連絡ください。
error-email-too-many = 認証番号の送信回数が上限に達しました。しばらく待ってから、もう一度お試しください。

## Verification code

error-code-missing = 認証番号を入力してください。
error-code-format = 認証番号は6桁の数字で入力してください。
error-long-code-format = 認証番号は8桁の数字で入力してください。
error-code-wrong = 認証番号が正しくありません。メールに届いた番号をご確認ください。
error-code-expired = 認証番号の有効時間が過ぎました。「番号を再送する」で新しい番号をお受け取りください。
error-code-too-many = 間違いが続いたため、この認証番号は使えなくなりました。「番号を再送する」で新しい番号をお受け取りください。
error-code-cooling-down = 間違いが続いたため、このメールアドレスの確認を一時的に停止しています。1時間ほど待ってから、もう一度お試しください。
error-resend-too-soon = 番号を送信したばかりです。あと{ $seconds }秒待ってから、もう一度お試しください。
error-resend-too-many = 認証番号の送信回数が上限に達しました。しばらく待ってから、もう一度お試しください。

## Password

error-password-missing = パスワードを入力してください。
error-password-too-short = パスワードは{ $min }文字以上で入力してください。
error-password-too-long = パスワードは{ $max }文字以内で入力してください。
error-password-characters = パスワードに使用できない文字が含まれています。半角英数と記号（{ $symbols }）を使用してください。
error-password-common = このパスワードは推測されやすいため使用できません。別のパスワードにしてください。
error-password-all-capitals = 英字がすべて大文字です。キーボードのCaps Lockがオンになっていないか、ご確認ください。
error-password-full-width = 英数字が全角になっています。半角で入力してください。
error-password-is-birthdate = パスワードに生年月日は使用できません。
error-password-is-email = パスワードにメールアドレスは使用できません。
error-password-is-phone = パスワードに電話番号は使用できません。
error-password-needs-digit = パスワードには半角数字を1文字以上使用してください。
error-password-needs-letter = パスワードには半角英字を1文字以上使用してください。

## What is told of a person

error-name-too-long = お名前が長すぎます。
error-name-characters = お名前に使用できない文字が含まれています。
error-kana-too-long = フリガナが長すぎます。
error-kana-characters = フリガナはカタカナで入力してください。
error-mobile-phone-missing = 携帯電話番号を入力してください。
error-mobile-phone-logs-in = この携帯電話番号では、すでにログインできます。
error-mobile-phone-changed-elsewhere = 別の画面で携帯電話番号が変更されたため、設定できませんでした。番号をご確認のうえ、もう一度お試しください。
error-mobile-phone-guards = 確認済みの携帯電話番号は、安全のため「携帯電話番号でのログイン」の画面から変更してください。
error-mobile-phone-characters = 携帯電話番号は数字で入力してください。
error-mobile-phone-length = 携帯電話番号は11桁で入力してください。
error-mobile-phone-ip = 050で始まる番号は使用できません。携帯電話番号を入力してください。
error-mobile-phone-data = 020で始まる番号は使用できません。携帯電話番号を入力してください。
error-mobile-phone-prefix = 携帯電話番号は060、070、080、090のいずれかで始まる番号を入力してください。
error-home-phone-mobile = 携帯電話番号は「携帯電話番号」の欄に入力してください。
error-home-phone-characters = 自宅電話番号は数字で入力してください。
error-home-phone-length = 自宅電話番号は、市外局番から10桁で入力してください。
error-birthdate-incomplete = 生年月日の年、月、日をすべて入力してください。
error-birthdate-no-day = 生年月日に、暦にない日付が入力されています。
error-birthdate-too-early = 生年月日は1900年以降の日付を入力してください。
error-birthdate-unchanged = 登録されている生年月日と同じです。
error-birthdate-changed-lately = 生年月日は最近変更されたため、まだ変更できません。
error-birthdate-future = 生年月日に、今日より後の日付が入力されています。
error-postal-code-format = 郵便番号は7桁の数字で入力してください。
error-prefecture-unknown = 都道府県を選択してください。
error-address-too-long = 住所が長すぎます。100文字以内で入力してください。
error-address-characters = 住所に使用できない文字が含まれています。

## Terms

error-terms-missing = 登録するには、利用規約への同意が必要です。
error-terms-changed = 利用規約が変更されました。変更後の利用規約をご確認ください。

## Login

error-login-id-missing = IDを入力してください。
error-login-id-unreadable = メールアドレスまたは携帯電話番号を正しく入力してください。
error-login-failed = IDまたはパスワードが正しくありません。
error-login-too-many = ログインの失敗が続いたため、しばらくログインできません。{ $minutes }分ほど待ってから、もう一度お試しください。
error-passkey-failed = パスキーでログインできませんでした。もう一度お試しいただくか、パスワードでログインしてください。
error-passkey-not-added = パスキーを登録できませんでした。もう一度お試しください。
error-passkey-known = このパスキーはすでに登録されています。
error-passkey-too-many = パスキーの数が上限に達しているため、登録できませんでした。
error-passkey-label-missing = パスキーの名前を入力してください。
error-passkey-label-too-long = パスキーの名前は40文字以内で入力してください。
error-login-code-wrong = 認証番号が正しくありません。届いた番号をご確認ください。
error-login-code-cooling-down = 間違いが続いたため、認証番号の確認を一時的に停止しています。1時間ほど待ってから、もう一度お試しください。
error-login-too-weak = この変更には、ご登録のパスキー、パスキーのない場合は認証アプリかリカバリーコードでの確認が必要です。一度ログアウトし、その方法でログインし直してください。いずれもお使いになれない場合は、ログイン画面の「パスワードを忘れた方」から新しいパスワードを設定すると、解除されます。
error-recovery-codes-too-many = リカバリーコードの発行が続いたため、しばらく発行できません。明日以降にもう一度お試しください。
error-app-code-wrong = 認証アプリのコードが正しくありません。表示されているコードと、端末の時刻が正しいことをご確認ください。
error-app-code-used = このコードはすでに使用されています。次のコードが表示されてから入力してください。
error-app-known = 認証アプリはすでに登録されています。
error-app-offer-expired = 表示してから時間が経ったため、登録できませんでした。新しいQRコードで、もう一度登録してください。
error-recovery-code-missing = リカバリーコードを入力してください。
error-recovery-code-wrong = リカバリーコードが正しくないか、すでに使用されています。
error-second-passkey-failed = パスキーで本人確認ができませんでした。もう一度お試しいただくか、ほかの方法をお選びください。
error-end-sessions-over = このリンクは、すでに使用されたか、期限が切れています。

## Dealer

error-dealer-missing = 販売店を選択してください。
error-dealer-unknown = 選択した販売店とは、現在連携できません。別の販売店を選択してください。
error-consent-changed = 提供する情報の内容が変わりました。もう一度ご確認ください。
error-notice-changed = 販売店からのご案内が変更されました。変更後の内容をご確認ください。

## Registration

error-email-proof-expired = メールアドレスの確認から時間が経ちました。もう一度、認証番号の入力からお願いします。

## Code of a device

error-user-code-missing = 端末に表示された番号を入力してください。
error-user-code-format = 番号は英字8文字です。端末の画面をご確認ください。
error-user-code-unknown = この番号は使用できません。入力に間違いがないか、端末に新しい番号が表示されていないかをご確認ください。
error-user-code-too-many = 間違いが続いたため、しばらく入力できません。{ $minutes }分ほど待ってから、もう一度お試しください。
error-required-missing = この項目はサービスのご利用に必要です。入力してください。
error-profile-changed-elsewhere = 別の画面でお客様情報が変更されました。最新の内容を表示しています。ご確認のうえ、もう一度入力してください。
error-password-same = 今のパスワードとは違うパスワードを設定してください。
error-recovery-birthdate-wrong = 生年月日がご登録の内容と一致しません。
error-password-present-wrong = 今のパスワードが正しくありません。
error-password-too-many = 続けて間違えたため、しばらく変更できません。時間をおいてお試しください。
error-leave-unconfirmed = 退会するには、内容を確認して「退会します」にチェックを入れてください。
