"""Django's admin over the tables of this product: what `staff_pages` is measured against."""

from django.contrib import admin
from django.db import models
from django.urls import path


class Organisation(models.Model):
    """An organisation that is asked to co-sign."""

    id = models.CharField(max_length=32, primary_key=True)
    name = models.TextField()
    acronym = models.TextField()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "organisations"

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """An organisation asked to co-sign one letter."""

    id = models.CharField(max_length=32, primary_key=True)
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)
    position = models.IntegerField()
    email = models.TextField()
    signatory = models.TextField()
    state = models.CharField(max_length=16)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "invitations"


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """The list as one would write it: what our list shows, joined, searched and filtered."""

    list_display = ("organisation", "signatory", "email", "state", "answered_at")
    list_filter = ("state",)
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "organisation__acronym", "signatory", "email")
    ordering = ("position",)


class Router:
    """The letters are in a database of their own."""

    def db_for_read(self, model, **hints):
        return "letters" if model._meta.app_label == "bench" else None

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"


urlpatterns = [path("admin/", admin.site.urls)]
