"""Common given names that are hardly ever anything else: no town, month, flower or verb."""

WOMEN = (
    "Alice", "Amelia", "Anna", "Barbara", "Bella", "Brenda", "Carla", "Caroline", "Catherine",
    "Christina", "Claire", "Clara", "Cynthia", "Daniela", "Deborah", "Diana", "Donna", "Edith",
    "Elena", "Elizabeth", "Ella", "Ellen", "Emily", "Emma", "Erica", "Esther", "Eva", "Fatima",
    "Fiona", "Gabriela", "Hannah", "Helen", "Ingrid", "Irene", "Isabella", "Jane", "Janet",
    "Jennifer", "Jenny", "Jessica", "Joanna", "Julia", "Julie", "Karen", "Kate", "Katie", "Laura",
    "Lena", "Linda", "Lisa", "Lucy", "Maria", "Marie", "Martha", "Mary", "Megan", "Melissa", "Mia",
    "Michelle", "Monica", "Natalie", "Nina", "Nora", "Olivia", "Pamela", "Patricia", "Paula",
    "Priya", "Rachel", "Rebecca", "Ruth", "Samantha", "Sandra", "Sara", "Sarah", "Sophia", "Sophie",
    "Stephanie", "Susan", "Teresa", "Tina", "Valerie", "Vanessa", "Wendy", "Yuki", "Zoe",
)  # fmt: skip

MEN = (
    "Aaron", "Adam", "Ahmed", "Alan", "Albert", "Alexander", "Andrew", "Anthony", "Arthur", "Ben",
    "Benjamin", "Bob", "Brian", "Carlos", "Charles", "Daniel", "David", "Derek", "Diego", "Dmitri",
    "Edward", "Eric", "Ethan", "Felix", "Fred", "Gary", "George", "Gregory", "Harry", "Henry",
    "Hugo", "Ivan", "Jacob", "James", "Jason", "Jeff", "Jeremy", "Jim", "Joe", "John", "Jonathan",
    "Joseph", "Joshua", "Juan", "Keith", "Kenneth", "Kevin", "Larry", "Liam", "Louis", "Marco",
    "Martin", "Matthew", "Michael", "Mike", "Mohammed", "Nathan", "Nicholas", "Nick", "Noah",
    "Oliver", "Pablo", "Patrick", "Paul", "Peter", "Philip", "Raj", "Ralph", "Richard", "Robert",
    "Roger", "Ryan", "Samuel", "Simon", "Stephen", "Steve", "Steven", "Ted", "Theo", "Thomas",
    "Tim", "Timothy", "Tom", "Victor", "Vincent", "Walter", "William",
)  # fmt: skip
