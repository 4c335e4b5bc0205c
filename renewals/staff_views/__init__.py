"""The staff pages. Every view says its permission; every change goes through orders.act."""
