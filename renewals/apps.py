from django.apps import AppConfig


class RenewalsConfig(AppConfig):
    name = "renewals"
    label = "renewals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.accounts import policy
        from portal.accounts.roles import Role
        from portal.ui import words as ui_words

        # tasks, expiry and forgetting register their jobs, checks its checks
        from renewals import (
            ca_words,
            checks,  # noqa: F401
            expiry,  # noqa: F401
            forgetting,  # noqa: F401
            liveness_tasks,  # noqa: F401
            notice_texts,
            paper_tasks,  # noqa: F401
            reminder_texts,
            reminding,  # noqa: F401
            rules_words,
            seal_tasks,  # noqa: F401
            standing,  # noqa: F401
            taking_over,  # noqa: F401
            tasks,  # noqa: F401
            unblock_tasks,  # noqa: F401
            words,
        )
        from renewals.bridge import words as bridge_words
        from renewals.identity import words as identity_words
        from renewals.mail_room import notice_texts as parcel_texts
        from renewals.mail_room import words as parcel_words
        from renewals.request_form import checks as form_checks  # noqa: F401  (registers its checks)
        from renewals.request_form import words as form_words
        from renewals.reviewing import rechecks  # noqa: F401  (registers its job)
        from renewals.reviewing import words as review_words

        for source in (
            words,
            ca_words,
            rules_words,
            bridge_words,
            identity_words,
            form_words,
            review_words,
            parcel_words,
        ):
            ui_words.register(source.WORDS)
        notice_texts.register()
        reminder_texts.register()
        parcel_texts.register()

        from payments import numbering
        from payments.matching import NumberRule
        from renewals.validation.order_number import is_order_number

        numbering.register(NumberRule(17, is_order_number))

        from payments import buyers
        from renewals.steps.invoices import buyer_of_reference

        buyers.register(buyer_of_reference)

        from portal.files import register_guard
        from renewals.file_guard import customers_own

        register_guard(customers_own)

        from renewals.importing import tasks as import_tasks  # noqa: F401  (registers its job)
        from renewals.importing import words as import_words

        ui_words.register(import_words.WORDS)

        everyone = tuple(Role)
        policy.register("orders.view", *everyone)
        policy.register("orders.cancel", Role.CERTIFICATE_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR)
        policy.register("identity.confirm", Role.REVIEWER)
        policy.register("review.view", Role.REVIEWER)
        policy.register("review.decide", Role.REVIEWER)
        policy.register("certificates.codes", Role.CERTIFICATE_ADMINISTRATOR)
        policy.register("certificates.revoke", Role.CERTIFICATE_ADMINISTRATOR)
        policy.register("certificates.set_aside", Role.CERTIFICATE_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR)
        policy.register("certificates.import", Role.CERTIFICATE_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR)
        policy.register("certificates.unblock", Role.CERTIFICATE_ADMINISTRATOR)

        from renewals import production_frame, staff_frame
        from renewals.page_frame import register as register_frame

        register_frame()

        from portal import files
        from renewals.steps.identity.photos import guard as id_photo_guard

        files.register_guard(id_photo_guard)
        staff_frame.register()
        production_frame.register()
