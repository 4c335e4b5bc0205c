"""What other apps may listen to. Receivers run inside the write tenant_tx of the event."""

from django.dispatch import Signal

customer_signed_in = Signal()  # user: User, is_new: bool; the phone is proven, and user.is_restricted says RULES P17
