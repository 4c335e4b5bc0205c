"""The site for a WSGI server, which runs no system checks; so the vital one is done here."""

import os

from django.core.wsgi import get_wsgi_application

from portal.gm import selftest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
selftest.run()  # the standards' own vectors: no page is served with cryptography that is wrong
application = get_wsgi_application()
