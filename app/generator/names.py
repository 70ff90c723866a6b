"""Names of people: drawn from lists by their number, so that a part of a company is named without the rest.

A few names are common and most are rare, as they are: an index of names is as large as a real company's.
"""

from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.generator.models import Ints

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
_FRACTION: Final = np.float64(2**-53)

# Both lists begin with the commonest.
_GIVEN: Final = """
Maria José Ana João Anna Peter Julia Lucas Sofia Miguel Emma Noah Olivia Liam Mia Elias Laura Paul Sara David Marta
Pedro Lucia Carlos Elena Luis Clara Jorge Alice Bruno Camila Diego Daniela Eduardo Fernanda Felipe Gabriela Gustavo
Helena Henrique Isabel Igor Joana Leonardo Larissa Marcos Mariana Mateus Natália Otávio Patrícia Rafael Renata
Rodrigo Silvia Thiago Vanessa Vitor Yasmin Andreas Birgit Christian Doris Erik Franziska Georg Hannah Ingrid Jonas
Katharina Lars Monika Niklas Petra Ralf Sabine Stefan Tanja Ulrich Verena Wolfgang Jürgen Käthe Björn Søren Aisha
Amir Fatima Hassan Layla Omar Noor Yusuf Zainab Ibrahim Mei Wei Li Jing Hiroshi Yuki Sakura Kenji Min-jun Ji-woo
Priya Arjun Ananya Rahul Deepa Vikram Kavya Rohan Linh Minh Thu James Mary Robert Patricia John Jennifer Michael
Linda William Elizabeth Barbara Richard Susan Joseph Jessica Thomas Karen Charles Nancy Daniel Lisa Matthew Betty
Anthony Margaret Mark Sandra Donald Ashley Steven Kimberly Andrew Emily Kenneth Donna Joshua Michelle Kevin Carol
Brian Amanda George Melissa Timothy Deborah Ronald Stephanie Edward Rebecca Jason Sharon Jeffrey Cynthia Ryan
Kathleen Jacob Amy Gary Angela Nicholas Shirley Eric Brenda Jonathan Pamela Stephen Nicole Larry Katherine Justin
Samantha Scott Christine Brandon Catherine Benjamin Virginia Samuel Debra Gregory Rachel Frank Janet Alexander
Carolyn Raymond Ruth Patrick Heather Jack Diane Dennis Olga Ivan Natasha Dmitri Irina Sergei Katarzyna Piotr
Agnieszka Zofia Marek Ewa Chiara Giulia Marco Matteo Francesca Luca Pierre Amélie Camille Antoine Élodie Zoé Noémie
"""
_FAMILY: Final = """
Silva Santos García Smith Müller Rodríguez Oliveira Souza Johnson Schmidt Martínez Lima Pereira Williams Hernández
Schneider López Ferreira Brown Fischer González Costa Jones Weber Pérez Almeida Miller Meyer Sánchez Ribeiro Davis
Wagner Ramírez Carvalho Wilson Becker Torres Gomes Moore Schulz Flores Martins Taylor Hoffmann Rivera Araújo
Anderson Koch Gómez Melo Thomas Bauer Díaz Barbosa Jackson Richter Cruz Cardoso White Klein Morales Nascimento
Harris Wolf Reyes Rocha Martin Schröder Gutiérrez Dias Thompson Neumann Ortiz Moreira Lee Schwarz Castillo Nunes
Walker Zimmermann Chávez Marques Hall Braun Romero Machado Allen Krüger Vargas Mendes Young Hofmann Ruiz Freitas
King Hartmann Mendoza Ramos Wright Lange Aguilar Cavalcanti Scott Schmitt Castro Teixeira Green Werner Jiménez
Vieira Baker Krause Moreno Monteiro Adams Meier Álvarez Correia Nelson Lehmann Rojas Pinto Hill Schmid Medina Campos
Campbell Schulze Guerrero Batista Mitchell Maier Delgado Duarte Roberts Köhler Vega Barros Carter Herrmann Soto
Moura Phillips König Sandoval Azevedo Evans Walter Acosta Peixoto Turner Mayer Navarro Fonseca Parker Huber Molina
Farias Collins Kaiser Salazar Brito Edwards Fuchs Domínguez Cunha Stewart Peters Suárez Coelho Morris Lang Ibarra
Lopes Murphy Scholz Herrera Tavares Cook Möller Peña Rezende Rogers Weiß Cortés Xavier Morgan Jung Lara Siqueira
Peterson Hahn Guzmán Bastos Cooper Schubert Núñez Guimarães Reed Vogel Cabrera Antunes Bailey Friedrich Ríos Sales
Bell Keller Figueroa Sampaio Kelly Günther Espinoza Queiroz Howard Frank Valdez Vasconcelos Ward Berger Contreras
Aguiar Cox Winkler Estrada Paiva Richardson Roth Maldonado Leite Wood Beck Luna Toledo Watson Lorenz Ochoa Prado
Brooks Baumann Pacheco Viana Bennett Franke Cervantes Muniz Gray Albrecht Trejo Assis Hughes Schuster Rosales Amaral
Price Simon Galván Bezerra Myers Ludwig Ponce Camargo Long Böhm Villanueva Dantas Foster Winter Zamora Esteves
Sanders Kraus Padilla Falcão Ross Martens Solís Galvão Powell Schumacher Montes Lacerda Sullivan Krämer Murillo
Maciel Russell Vogt Bravo Nogueira Jenkins Stein Nava Pacini Perry Jäger Olvera Rossi Butler Otto Orozco Russo
Barnes Sommer Palacios Ferrari Fisher Groß Quintero Esposito Henderson Seidel Rangel Bianchi Coleman Heinrich Robles
Romano Simmons Brandt Saucedo Colombo Patterson Haas Tapia Ricci Jordan Schreiber Treviño Marino Reynolds Graf Uribe
Greco Hamilton Dietrich Velasco Bruno Graham Ziegler Zúñiga Gallo Kim Kuhn Bautista Conti Nakamura Pohl Benítez
Tanaka Suzuki Engel Cárdenas Sato Watanabe Horn Carrillo Wang Zhang Busch Cisneros Chen Liu Bergmann Escobar Singh
Kumar Sauer Fuentes Sharma Patel Arnold Gallegos Khan Ali Pfeiffer Juárez Ahmed Hussein Ivanov Petrov Kowalski Nowak
Wójcik Nguyen Tran Pham Le Dupont Dubois Moreau Laurent Lefèvre Andersson Johansson Nilsson Hansen Jensen Larsen
Korhonen Virtanen Novák Horváth Popescu
"""


def names_of(numbers: Ints, salt: int) -> Any:
    """`Given Family` for each number as Arrow text; the same number and salt give the same name."""
    given, family = (_drawn(words, numbers, 2 * salt + place) for place, words in enumerate((_GIVEN, _FAMILY)))
    return pc.binary_join_element_wise(given, family, " ")


def _drawn(text: str, numbers: Ints, salt: int) -> Any:
    """One word each, the earlier in the list the likelier."""
    words = _words(text)
    place = (len(words) * _fractions(numbers, salt) ** 2).astype(np.int64)
    return words.take(place)


@cache
def _words(text: str) -> Any:
    return pa.array(text.split(), pa.string())


def _fractions(numbers: Ints, salt: int) -> NDArray[np.float64]:
    """A fraction of one for each number that looks drawn: multiplied and folded twice."""
    mixed = (numbers.astype(np.uint64) + np.uint64(1) + (np.uint64(salt) << _HALF)) * _GOLDEN
    for _ in range(2):
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX
    return (mixed >> np.uint64(11)).astype(np.float64) * _FRACTION
