"""
The words by which a letter's lines are told apart, in English, French and Spanish; and which language a text is in.

Pure vocabulary: knows nothing of where in a letter a line stands.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path


@functools.lru_cache(maxsize=8192)
def plain(line: str) -> str:
    """Return a line in small letters without accents, for comparing."""
    if line.isascii():
        return line.casefold()
    decomposed = unicodedata.normalize("NFKD", line.replace("°", "o").casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def words_of(line: str) -> list[str]:
    """Return the words of a line, in small letters without accents."""
    return re.findall(r"[^\W_]+(?:-[^\W_]+)*", plain(line))


def _listed(name: str) -> frozenset[str]:
    """Read a word list beside this module: one entry a line, in small letters without accents."""
    return frozenset((Path(__file__).parent / "vocabulary" / f"{name}.txt").read_text("utf-8").split("\n")) - {""}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP_WORDS = {
    "en": _set("the of and to in that is for on with are by this we our your have be as which from their not it you"),
    "fr": _set("le la les des du et en que qui est dans pour sur nous vous notre nos votre par au aux une un ce cette"
               " sont ont ne pas leurs"),
    "es": _set("el la los las del y en que es para por con una un su sus se nos nuestra nuestro al lo como han ha son"
               " esta este no"),
}  # fmt: skip
PROSE = _set(
    "we our us you your is are was were have has had been be that this these those they their it its which who will"
    " would must should can could may not as i my write writing urge call urges calls express"
    " nous notre nos vous votre vos est sont ont que qui il elle ils elles ce cette ces ne pas ete avons avez sommes"
    " ainsi afin leur leurs se sa ses"
    " usted ustedes nuestra nuestro nuestros nuestras su sus es son ha han que se lo esta este estos no como hemos"
    " queremos solicitamos nosotros fue fueron"
)
TITLES = _set(
    "president vicepresident vice-president presidente presidenta vicepresidente vicepresidenta presidents"
    " vice-presidente vice-presidenta vice-presidente co-president"
    " director directors director-general codirector co-director directora directeur directrice directores"
    " directrices managing secretary secretaries secretary-general undersecretary under-secretary"
    " secretaire secretario secretaria subsecretario subsecretaria minister ministers ministre ministres ministro"
    " ministra ministros viceministro viceministra chair chairs chairman chairwoman chairperson chairpersons co-chair"
    " cochair vice-chair head chief chef cheffe jefe jefa coordinator coordinators coordinateur"
    " coordinatrice coordonnateur coordonnatrice coordinador coordinadora co-coordinator ambassador ambassadors"
    " ambassadeur ambassadrice embajador embajadora commissioner commissioners commissaire comisionado comisionada"
    " comisario comisaria founder cofounder co-founder fondateur fondatrice fundador fundadora officer manager"
    " gerente responsable responsible representative representatives representant representante representantes"
    " rapporteur rapporteuse relator relatora relatores senator senators senador senadora senateur senatrice deputy"
    " depute deputee diputado diputada congressman congresswoman governor gouverneur gobernador gobernadora"
    " mayor maire alcalde alcaldesa attorney procureur procureure fiscal prosecutor ombudsman ombudsperson defensor"
    " defensora judge juge juez jueza chancellor canciller premier"
    " administrator administrateur administratrice administrador administradora adviser advisor conseiller"
    " conseillere asesor asesora lawyer avocat avocate abogado abogada professor professeur profesor profesora"
    " lead leader lider speaker member members membre membres miembro miembros treasurer tresorier tesorero delegate"
    " delegue deleguee delegado delegada spokesperson porte-parole portavoz vocero vocera convener convenor"
    " ceo coo cfo executive researcher chercheur chercheuse investigador investigadora counsel principal rector"
    " recteur dean decano doyen bishop archbishop eveque obispo arzobispo general permanent interim acting special"
    " advocate campaigner specialist fellow editor trustee animateur animatrice gestionnaire charge chargee encargado"
    " encargada titular high prefet prefete sous-prefet sous-prefete bourgmestre echevin echevine"
    " solicitor organiser organizer pastor pasteur medico medica medecin enfermero enfermera infirmier infirmiere"
    " historien historienne cineaste sage-femme parroco presbitero rectrice intendente concejal concejala nurse teacher"
    " imam rabbi docente catedratica catedratico"
)
"""Words of a function; the adjectives among them (acting, high, special ...) only stand in front of one."""
_ADJECTIVES = _set("general permanent interim acting special high executive managing principal responsible titular")
FUNCTIONS = TITLES - _ADJECTIVES
ORGANISATIONS = _set(
    "department ministry office embassy commission committee council parliament congress senate house"
    " agency bureau secretariat delegation mission court tribunal union united nations government presidency"
    " directorate authority administration assembly institution institutions cabinet republic kingdom state"
    " departement ministere ambassade conseil parlement assemblee senat agence bureau cour gouvernement presidence"
    " direction autorite organisation etat comite"
    " departamento ministerio oficina embajada comision comite consejo parlamento congreso senado camara agencia"
    " secretaria fiscalia corte gobierno presidencia direccion autoridad asamblea despacho defensoria procuraduria"
    " organization organizations organisations association associations network networks federation foundation forum"
    " center centre centers league coalition alliance movement initiative institute society group groups collective"
    " campaign project programme program fund trust watch international defenders rights front syndicate"
    " confederation university school college church solidarity action aid justice labour labor"
    " reporters lawyers journalists amnesty amnistia greenpeace oxfam transparency freedom democracy"
    " platform clinic service services monitor observatory partnership caucus board chapter"
    " federacion fundacion asociacion asociaciones red organizacion organizaciones liga coalicion alianza movimiento"
    " iniciativa instituto sociedad grupo colectivo colectiva campana proyecto programa fondo observatorio derechos"
    " humanos justicia centro corporacion sindicato confederacion universidad iglesia plataforma clinica union mesa"
    " coordinadora articulacion consultoria convergencia frente asamblea"
    " reseau federation fondation ligue mouvement institut societe groupe collectif campagne projet observatoire"
    " droits humains homme syndicat confederation universite eglise plateforme maison solidarite avocats journalistes"
    " ong ngo ngos naciones unidas unies inc ltd asbl onlus gmbh corporation company bank holdings industries"
    " computers technologies motors airlines petroleum mining pharmaceuticals telecom telecommunications women"
    " femmes mujeres youth jeunes jovenes peace paix paz"
)
POSTAL = _set(
    "street avenue road boulevard lane drive square place plaza floor suite room box po p.o bp cedex building"
    " rue av ave blvd chemin quai allee impasse etage batiment bis st nw ne sw se rd"
    " calle avenida paseo camino carrera piso oficina apartado edificio plaza esquina colonia codigo postal cp cra"
    " palacio palais palace torre"
)
COUNTRIES = _listed("countries")
"""Countries, regions and their short forms, in English, French and Spanish."""
GIVEN_NAMES = _listed("given_names")
"""Given names of many countries: evidence that a line is a person; no name has to stand here to be recognised."""
ORDINARY = _listed("ordinary_words")
"""Words of every day that names of organisations are made of, in English, French and Spanish."""


@functools.lru_cache(maxsize=16384)
def is_country(phrase: str) -> bool:
    """Tell whether a phrase is the name of a country, or of several (`Kenya/Uganda`)."""
    folded = plain(phrase).strip(" .")
    whole = plain(phrase).strip()
    if whole in COUNTRIES or folded in COUNTRIES:
        return True
    parts = [part for part in re.split(r"\s*(?:/|,|&|\band\b|\bet\b|\by\b)\s*", folded) if part]
    return bool(parts) and all(part in COUNTRIES for part in parts)


def language(source: str) -> str:
    """Return `en`, `fr` or `es`: the language whose stop words are most frequent; English when none are."""
    counts: dict[str, int] = {}
    for word in re.findall(r"[^\W\d_]+", plain(source[:20_000])):
        counts[word] = counts.get(word, 0) + 1
    scores = {code: sum(counts.get(word, 0) for word in stops) for code, stops in STOP_WORDS.items()}
    return max(scores, key=lambda code: scores[code])
