# Mails and SMS. Plain text without any URL: carriers offer to reject mail that has one.

mail-verification-code-subject = 【{ $brand }】認証番号のお知らせ
mail-verification-code-text =
    { $brand }をご利用いただきありがとうございます。

    認証番号：{ $code }

    お手続きの画面に、上の6桁の番号を入力してください。
    この番号は{ $minutes }分間有効です。

    ※この番号を、ほかの人に教えないでください。当社の担当者がお尋ねすることはありません。
    ※このメールに心当たりのない場合は、お手数ですが破棄してください。番号を入力しない限り、手続きは行われません。
    ※このメールは送信専用です。ご返信いただいてもお答えできません。

mail-welcome-subject = 【{ $brand }】共通ID取得完了のお知らせ
mail-welcome-text =
    { $brand }の取得が完了しました。

    ID（メールアドレス）：{ $email }

    ログインには、このメールアドレスと、お決めになったパスワードをお使いください。

    ※お手続きに心当たりのない場合は、第三者がお客様のメールを読める状態にあるおそれがあります。メールのパスワードを変更し、お客様窓口にご連絡ください。
    ※このメールは送信専用です。ご返信いただいてもお答えできません。

mail-already-registered-subject = 【{ $brand }】すでに登録されています
mail-already-registered-text =
    このメールアドレスで{ $brand }の取得手続きが行われましたが、すでに登録されているため、新しい共通IDは作成していません。

    ID（メールアドレス）：{ $email }

    お持ちの共通IDでログインしてください。

    ※お手続きに心当たりのない場合は、このメールを破棄してください。お客様の共通IDは変更されていません。
    ※このメールは送信専用です。ご返信いただいてもお答えできません。

sms-verification-code-text =
    { $brand } 認証番号：{ $code }
    この番号を、ほかの人に教えないでください。

    @{ $domain } #{ $code }

mail-password-changed-subject = 【{ $brand }】パスワード変更のお知らせ
mail-password-changed-text =
    { $brand }のパスワードが変更されました。

    ID（メールアドレス）：{ $email }

    安全のため、ほかの端末ではログアウトされました。

    ※お手続きに心当たりのない場合は、第三者がお客様のメールを読める状態にあるおそれがあります。ログイン画面の「パスワードを忘れた方」からすぐに新しいパスワードを設定し、お客様窓口にご連絡ください。
    ※このメールは送信専用です。ご返信いただいてもお答えできません。
